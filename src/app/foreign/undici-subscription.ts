import { channel } from 'node:diagnostics_channel';

/** The name of the listener of `@opentelemetry/instrumentation-undici`, a bound method. */
const LISTENER = 'bound onRequestCreated';

/**
 * Whether `@opentelemetry/instrumentation-undici` is enabled, which means that it listens to undici's channels.
 *
 * Rests on: `_subscribers` of an active channel, and the name of the listener. Checked with Node.js 22.15 to 24.21
 * and versions 0.10 to 0.34 of the instrumentation. Where Node.js does not show the listeners, the answer is true.
 */
export function isUndiciInstrumentationEnabled(): boolean {
  const { _subscribers: subscribers } = channel('undici:request:create') as { _subscribers?: unknown };
  if (!Array.isArray(subscribers)) return true;
  return subscribers.some((one: unknown) => typeof one === 'function' && one.name === LISTENER);
}
