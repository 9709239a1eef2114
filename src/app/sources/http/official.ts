import { channel } from 'node:diagnostics_channel';
import type { InstrumentDescription } from '../../../model/protocol.ts';
import type { Claim, Others } from './options.ts';

const HTTP = '@opentelemetry/instrumentation-http';
const UNDICI = '@opentelemetry/instrumentation-undici';

/** The histogram of an official instrumentation on our recorder. */
interface Counting {
  readonly metric: string;
  readonly scope: string;
  /** Every instrument of that name and scope; none while the instrumentation has not been set up. */
  readonly instruments: Set<number>;
  hasRecorded: boolean;
}

/**
 * Knows whether official instrumentations of the application's own count what we would, on the same
 * recorder: then ours stands back, so that nothing is counted twice. One that has its instrument here may
 * still record elsewhere, as when it is given another provider afterwards, which is known when it records.
 */
export class OfficialInstrumentations implements Others {
  private readonly servers = counting(HTTP, 'http.server.request.duration');
  private readonly clients = counting(HTTP, 'http.client.request.duration');
  private readonly fetch = counting(UNDICI, 'http.client.request.duration');

  /** To be called with every instrument of the recorder, those of our own included. */
  observe({ id, name, scope }: Pick<InstrumentDescription, 'id' | 'name' | 'scope'>): void {
    for (const one of [this.servers, this.clients, this.fetch]) {
      if (one.metric === name && one.scope === scope.name) one.instruments.add(id);
    }
  }

  /** To be called with the instrument of every series that is new. */
  recorded(instrument: number): void {
    for (const one of [this.servers, this.clients, this.fetch]) {
      if (one.instruments.has(instrument)) one.hasRecorded = true;
    }
  }

  countServers(): Claim {
    return claimOf(this.servers, () =>
      isWrapped(process.getBuiltinModule('node:http').Server.prototype.emit),
    );
  }

  countClients(): Claim {
    return claimOf(this.clients, () => isWrapped(process.getBuiltinModule('node:http').request));
  }

  countFetch(): Claim {
    return claimOf(this.fetch, isUndiciSubscribed);
  }
}

function counting(scope: string, metric: string): Counting {
  return { scope, metric, instruments: new Set(), hasRecorded: false };
}

/** @param isEnabled whether the instrumentation is not disabled at this moment */
function claimOf({ instruments, hasRecorded }: Counting, isEnabled: () => boolean): Claim {
  if (instruments.size === 0 || !isEnabled()) return 'no';
  return hasRecorded ? 'yes' : 'perhaps';
}

/** Instrumentations keep the original of a function they replace as this property of the replacement. */
function isWrapped(method: object): boolean {
  return '__original' in method;
}

/**
 * Whether the instrumentation of undici listens: by the name of its method. Where Node.js does not show who
 * listens, whoever has an instrument is taken to listen.
 */
function isUndiciSubscribed(): boolean {
  const { _subscribers: subscribers } = channel('undici:request:create') as { _subscribers?: unknown };
  if (!Array.isArray(subscribers)) return true;
  return subscribers.some(
    (one: unknown) => typeof one === 'function' && one.name === 'bound onRequestCreated',
  );
}
