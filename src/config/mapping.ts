/**
 * A mapping of a configuration file, which remembers the keys that were read, so that its reader can name those that
 * pitot does not know. A key whose value is null counts as not there.
 */
export class Mapping {
  /** As in `meter_provider.readers[0].pull`; '' for the whole file. */
  readonly path: string;
  protected readonly entries: ReadonlyMap<string, unknown>;
  protected readonly keysRead = new Set<string>();

  /** @param given any other value counts as an empty mapping */
  constructor(given: unknown, path: string) {
    this.path = path;
    this.entries = new Map(isMapping(given) ? Object.entries(given) : []);
  }

  get keys(): string[] {
    return [...this.entries.keys()];
  }

  pathOf(key: string): string {
    const shown = /^[\w./-]+$/.test(key) ? key : JSON.stringify(key);
    return this.path === '' ? shown : `${this.path}.${shown}`;
  }

  protected read(key: string): unknown {
    this.keysRead.add(key);
    return this.entries.get(key) ?? undefined;
  }

  protected get keysNotRead(): string[] {
    return this.keys.filter((key) => !this.keysRead.has(key));
  }
}

export function isMapping(given: unknown): given is object {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}
