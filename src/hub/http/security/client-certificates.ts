import type { X509Certificate } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsConfig } from '../../../config/parsers/web-config.ts';

/** Why the client's certificate does not let it in, in words that go into an answer; undefined if it does. */
export function refusal({ clientAuth, allowedNames }: TlsConfig, socket: TLSSocket): string | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) {
    return clientAuth.isRequired ? 'a client certificate is required' : undefined;
  }
  if (clientAuth.isVerified && !socket.authorized) {
    return `the client certificate is not accepted: ${socket.authorizationError ?? 'it could not be verified'}`;
  }
  if (allowedNames !== undefined && !namesOf(certificate).some((name) => allowedNames.includes(name))) {
    return 'the client certificate has none of the allowed names';
  }
  return undefined;
}

/** `type:value`, where a value with a comma or a quote in it is a JSON string. */
const ENTRY = /([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy;
const COUNTED = new Set(['DNS', 'email', 'IP Address', 'URI']);

/** A certificate's subject alternative names as Go writes them: DNS names, mail addresses, IPs and URIs. */
function namesOf({ subjectAltName }: X509Certificate): string[] {
  return Array.from((subjectAltName ?? '').matchAll(ENTRY))
    .filter(([, type = '']) => COUNTED.has(type))
    .map(([, type, quoted = '']) => {
      const value = quoted.startsWith('"') ? String(JSON.parse(quoted)) : quoted;
      return type === 'IP Address' ? shortAddress(value) : value;
    });
}

/** OpenSSL writes the eight groups of an IPv6 address out; Go, like a URL, shortens them. */
function shortAddress(address: string): string {
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
