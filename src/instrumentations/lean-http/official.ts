import type { InstrumentDescription } from '../../record/protocol.ts';
import type { Others } from './options.ts';

const HTTP = '@opentelemetry/instrumentation-http';
const UNDICI = '@opentelemetry/instrumentation-undici';

/**
 * Knows whether official instrumentations of the application's own measure what we would, on the same
 * recorder: then ours stands back, so that nothing is counted twice.
 */
export class OfficialInstrumentations implements Others {
  private http = false;
  private undici = false;

  /** To be called with every instrument of the recorder, those of our own included. */
  observe({ name, scope }: Pick<InstrumentDescription, 'name' | 'scope'>): void {
    if (name === 'http.server.request.duration' && scope.name === HTTP) this.http = true;
    if (name === 'http.client.request.duration' && scope.name === UNDICI) this.undici = true;
  }

  measureServers(): boolean {
    return this.http && isWrapped(process.getBuiltinModule('node:http').Server.prototype.emit);
  }

  measureClients(): boolean {
    return this.http && isWrapped(process.getBuiltinModule('node:http').request);
  }

  measureFetch(): boolean {
    return this.undici;
  }
}

/** Instrumentations keep the original of a function they replace as this property of the replacement. */
function isWrapped(method: object): boolean {
  return '__original' in method;
}
