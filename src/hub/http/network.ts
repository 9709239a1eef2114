/**
 * Identifies a client for the limits: its IPv4 address, or the 64 bits of its IPv6 network, because each machine
 * chooses the other half itself (RFC 4291, section 2.5.4). The address is a socket's, so it is in canonical form.
 */
export function networkOf(address = ''): string {
  const v4 = /^(?:::ffff:)?(\d+(?:\.\d+){3})$/.exec(address)?.[1];
  if (v4 !== undefined || !address.includes(':')) return v4 ?? address;
  const [before = '', after] = address.replace(/%.*$/, '').split('::');
  const head = before.split(':').filter((group) => group !== '');
  const tail = (after ?? '').split(':').filter((group) => group !== '');
  const zeros =
    after === undefined ? [] : Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}
