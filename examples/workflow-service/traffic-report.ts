/** Counters, one for each set of labels. */
class Tally<Labels extends object> {
  private readonly counts = new Map<string, Labels & { count: number }>();

  add(labels: Labels, count = 1): void {
    const key = JSON.stringify(labels);
    const counted = this.counts.get(key);
    if (counted === undefined) this.counts.set(key, { ...labels, count });
    else counted.count += count;
  }

  toJSON(): (Labels & { count: number })[] {
    return [...this.counts.values()];
  }
}

/** The traffic's own counts, which the service's metrics must equal. */
export class TrafficReport {
  /** Includes WebSocket handshakes. `route` is the template of the answering route, null if none matched. */
  readonly requests = new Tally<{ method: string; route: string | null; status: number }>();
  readonly connections = new Tally<{ outcome: 'accepted' | 'rejected' }>();
  /** Directions from the service's view. `bytes` counts the messages' payload. */
  readonly messages = new Tally<{ direction: 'receive' | 'transmit'; type: 'text' | 'binary' }>();
  readonly bytes = new Tally<{ direction: 'receive' | 'transmit'; type: 'text' | 'binary' }>();
  readonly runs = new Tally<{ workflow: string; outcome: 'success' | 'failure' }>();
  readonly nodes = new Tally<{ workflow: string }>();
  readonly steps = new Tally<{ workflow: string; type: string; outcome: 'success' | 'failure' }>();
  /** `error` is the `error.type` of a failed operation; `rows` counts the rows that SELECTs returned. */
  readonly operations = new Tally<{ operation: string; collection: string; error: string | null }>();
  readonly rows = new Tally<{ collection: string }>();
  /** Attempts to authenticate; `error` is the `error.type` of a failed one. */
  readonly attempts = new Tally<{ method: string; outcome: 'success' | 'failure'; error: string | null }>();
  /** Sessions that began and ended; `team` is the alias of their user, null without one. */
  readonly sessions = new Tally<{ team: string | null }>();
  readonly decisions = new Tally<{ outcome: 'allowed' | 'limited'; team: string | null }>();
  readonly errors = new Tally<{ type: string; severity: 'error' | 'warn'; origin: string }>();
  /** Calls of the model; `error` is the `error.type` of a failed one. */
  readonly modelCalls = new Tally<{ error: string | null }>();
  readonly responses = new Tally<{ finish: 'stop' | 'length' }>();
  readonly tokens = new Tally<{ type: 'input' | 'output' }>();
  readonly chunks = new Tally<Record<string, never>>();
}
