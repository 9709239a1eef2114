import { BoundedValues } from '../../base/bounded-values.ts';

/*
 * The values of attributes that `queue` and the automatic sources record into the same metrics. Both count towards the
 * same limits.
 */

export const destinations = new BoundedValues('messaging.destination.name', /^[^\s'"]{1,128}$/);
export const templates = new BoundedValues('messaging.destination.template', /^[^\s'"]{1,128}$/);
export const groups = new BoundedValues('messaging.consumer.group.name', /^[^\s'"]{1,128}$/);
const addresses = new BoundedValues('server.address', /^[^\s'"]{1,255}$/);

/** `server.address` and `server.port` of a broker, as far as they are known. */
export function serverAttributes(address: string | undefined, port: number | undefined) {
  if (address === undefined) return {};
  return { 'server.address': addresses.admit(address), ...(isPort(port) && { 'server.port': port }) };
}

function isPort(port: unknown): port is number {
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536;
}
