import { isOpen, type Rules } from './security.ts';

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** Whether only this machine reaches a server that listens on these addresses. */
export function isLocal(addresses: readonly string[]): boolean {
  return addresses.every((address) => LOOPBACK.test(address));
}

/**
 * The warning about an endpoint that other machines reach and that asks for no credentials, with the remedy.
 * Undefined for any other endpoint.
 *
 * @param where host and port, as an authority
 */
export function openEndpointWarning(
  where: string,
  addresses: readonly string[],
  rules: Rules,
): string | undefined {
  if (isLocal(addresses) || !isOpen(rules)) return undefined;
  return (
    `anyone who reaches ${where} can read the metrics. Ask for credentials with PITOT_WEB_CONFIG_FILE or ` +
    'PITOT_BEARER_TOKEN_FILE, or set OTEL_EXPORTER_PROMETHEUS_HOST to localhost.'
  );
}
