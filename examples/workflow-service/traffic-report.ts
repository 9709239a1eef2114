/** Counts of what was done, one for each set of labels. */
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

/** What the traffic did, as the service's metrics should show it. */
export class TrafficReport {
  /** The handshakes of WebSockets too. `route` is the template of the route that answered, null if none did. */
  readonly requests = new Tally<{ method: string; route: string | null; status: number }>();
  readonly connections = new Tally<{ outcome: 'accepted' | 'rejected' }>();
  /** Directions as the service sees them. `bytes` are those of the messages' payload. */
  readonly messages = new Tally<{ direction: 'receive' | 'transmit'; type: 'text' | 'binary' }>();
  readonly bytes = new Tally<{ direction: 'receive' | 'transmit'; type: 'text' | 'binary' }>();
  readonly runs = new Tally<{ workflow: string; outcome: 'success' | 'failure' }>();
  readonly nodes = new Tally<{ workflow: string }>();
  readonly steps = new Tally<{ workflow: string; type: string; outcome: 'success' | 'failure' }>();
  /** `error` is the `error.type` of an operation that failed; `rows` are those that a SELECT returned. */
  readonly operations = new Tally<{ operation: string; collection: string; error: string | null }>();
  readonly rows = new Tally<{ collection: string }>();
  /** Attempts to authenticate; `error` is the `error.type` of one that failed. */
  readonly attempts = new Tally<{ method: string; outcome: 'success' | 'failure'; error: string | null }>();
  /** Sessions that began and ended; `team` is the alias of their user, null where there is none. */
  readonly sessions = new Tally<{ team: string | null }>();
  readonly decisions = new Tally<{ outcome: 'allowed' | 'limited'; team: string | null }>();
  readonly errors = new Tally<{ type: string; severity: 'error' | 'warn'; origin: string }>();
  /** What the model was asked; `error` is the `error.type` where it failed. */
  readonly modelCalls = new Tally<{ error: string | null }>();
  readonly responses = new Tally<{ finish: 'stop' | 'length' }>();
  readonly tokens = new Tally<{ type: 'input' | 'output' }>();
  readonly chunks = new Tally<Record<string, never>>();
}
