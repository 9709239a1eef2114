import type { InstrumentDescription } from '../../../model/protocol.ts';
import { isUndiciInstrumentationEnabled } from '../../foreign/undici-subscription.ts';
import type { Coverage, OtherInstrumentations } from './options.ts';

const HTTP = '@opentelemetry/instrumentation-http';
const UNDICI = '@opentelemetry/instrumentation-undici';

/** A histogram of an official instrumentation, on pitot's recorder. */
interface Counting {
  readonly metric: string;
  readonly scope: string;
  /** All instruments with that name and scope; empty until the instrumentation creates one. */
  readonly instruments: Set<number>;
  hasRecorded: boolean;
}

/**
 * Finds out whether official instrumentations, started by the application, record the same requests on the same
 * recorder. If they do, pitot's own source stands back, so that no request counts twice. An instrument alone proves
 * nothing, because the instrumentation may have received another provider afterwards; its first value does.
 */
export class OfficialInstrumentations implements OtherInstrumentations {
  private readonly servers = counting(HTTP, 'http.server.request.duration');
  private readonly clients = counting(HTTP, 'http.client.request.duration');
  private readonly fetch = counting(UNDICI, 'http.client.request.duration');

  /** Takes each instrument that the recorder creates, pitot's own included. */
  observe({ id, name, scope }: Pick<InstrumentDescription, 'id' | 'name' | 'scope'>): void {
    for (const one of [this.servers, this.clients, this.fetch]) {
      if (one.metric === name && one.scope === scope.name) one.instruments.add(id);
    }
  }

  /** Takes the instrument of each new series. */
  recorded(instrument: number): void {
    for (const one of [this.servers, this.clients, this.fetch]) {
      if (one.instruments.has(instrument)) one.hasRecorded = true;
    }
  }

  serverCoverage(): Coverage {
    return this.servers.instruments.size === 0 ? 'no' : coverageOf(this.servers, areServersWrapped);
  }

  clientCoverage(): Coverage {
    return coverageOf(this.clients, areClientsWrapped);
  }

  fetchCoverage(): Coverage {
    return coverageOf(this.fetch, isUndiciInstrumentationEnabled);
  }
}

function areServersWrapped(): boolean {
  return isWrapped(process.getBuiltinModule('node:http').Server.prototype.emit);
}

function areClientsWrapped(): boolean {
  return isWrapped(process.getBuiltinModule('node:http').request);
}

function counting(scope: string, metric: string): Counting {
  return { scope, metric, instruments: new Set(), hasRecorded: false };
}

/** @param isEnabled whether the instrumentation is enabled now */
function coverageOf({ instruments, hasRecorded }: Counting, isEnabled: () => boolean): Coverage {
  if (instruments.size === 0 || !isEnabled()) return 'no';
  return hasRecorded ? 'yes' : 'perhaps';
}

/** Instrumentations keep the original method in this property of its replacement. */
function isWrapped(method: object): boolean {
  return '__original' in method;
}
