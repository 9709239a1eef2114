import { deserialize, serialize } from 'node:v8';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { LogCopy } from './processes/messages.ts';

/** What the application's thread keeps for the next hub, in case this one dies. */
export interface Kept {
  /** What threads that have ended had counted. */
  threads: readonly ScopeMetrics[];
  /** What the service's processes had counted, if this process is their leader. */
  log: LogCopy | undefined;
}

/** In shared memory: the application's thread gets a reference and never looks inside. */
export function pack(kept: Kept): SharedArrayBuffer {
  const bytes = serialize(kept);
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

export function unpack(shared: SharedArrayBuffer | undefined): Kept {
  if (shared === undefined) return { threads: [], log: undefined };
  return deserialize(Buffer.from(new Uint8Array(shared)));
}
