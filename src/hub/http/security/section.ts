/**
 * A mapping of the web configuration, read key by key. What is wrong with it is added to `faults`, one
 * line each, that name the key and never show the value of one that may hold a secret.
 *
 * From YAML every scalar comes as the text it was written as, and nothing written as ''; from an options
 * object as what it is. A key without a value is as if it were not there, as in exporter-toolkit.
 */
export class Section {
  readonly #entries: ReadonlyMap<string, unknown>;
  readonly #path: string;
  readonly #faults: string[];
  readonly #known = new Set<string>();

  /** @param path the key the mapping is the value of, or '' for the whole */
  constructor(given: unknown, path: string, faults: string[]) {
    this.#path = path;
    this.#faults = faults;
    if (!isMapping(given) && !isAbsent(given)) faults.push(`${path || 'the whole'} must be a mapping`);
    this.#entries = new Map(isMapping(given) ? Object.entries(given) : []);
  }

  get isEmpty(): boolean {
    return [...this.#entries.values()].every(isAbsent);
  }

  /** Adds a fault about a key. */
  fault(key: string, what: string): void {
    this.#faults.push(`${this.#name(key)} ${what}`);
  }

  text(key: string): string | undefined {
    const value = this.#value(key);
    if (value === undefined || typeof value === 'string') return value;
    this.fault(key, 'must be text');
    return undefined;
  }

  /** A text or a number, as it is written. */
  scalar(key: string): string | undefined {
    const value = this.#value(key);
    return typeof value === 'number' ? String(value) : this.text(key);
  }

  choice<T extends string>(key: string, names: readonly T[]): T | undefined {
    const value = this.text(key);
    return value === undefined ? undefined : this.#chosen(key, value, names);
  }

  choices<T extends string>(key: string, names: readonly T[]): readonly T[] | undefined {
    const chosen = this.texts(key)?.map((value) => this.#chosen(key, value, names));
    return chosen?.filter((name) => name !== undefined);
  }

  /** The words that YAML 1.1, and with it exporter-toolkit, takes for a Boolean. */
  flag(key: string): boolean | undefined {
    const value = this.#value(key);
    const word = String(value);
    if (/^(?:true|yes|on|y)$/i.test(word)) return true;
    if (/^(?:false|no|off|n)$/i.test(word)) return false;
    if (value !== undefined) this.fault(key, 'must be true or false');
    return undefined;
  }

  integer(key: string): number | undefined {
    const text = this.scalar(key);
    if (text === undefined) return undefined;
    if (/^\d{1,9}$/.test(text)) return Number(text);
    this.fault(key, 'must be a whole number');
    return undefined;
  }

  /** A list of texts, of which none is empty. */
  texts(key: string): readonly string[] | undefined {
    const value = this.#value(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')) return value;
    this.fault(key, 'must be a list of texts');
    return undefined;
  }

  section(key: string): Section {
    return new Section(this.#value(key), this.#name(key), this.#faults);
  }

  /** All keys with their texts, or '' for what is no text, where the keys are not known beforehand. */
  pairs(): readonly (readonly [key: string, value: string])[] {
    return Array.from(this.#entries, ([key, value]) => [key, typeof value === 'string' ? value : '']);
  }

  /** Every key that was not asked for by now is a fault. */
  end(): void {
    for (const key of this.#entries.keys()) {
      if (!this.#known.has(key)) this.fault(key, `is not known; known are ${[...this.#known].join(', ')}`);
    }
  }

  #chosen<T extends string>(key: string, value: string, names: readonly T[]): T | undefined {
    const name = names.find((known) => known === value);
    if (name === undefined)
      this.fault(key, `is ${JSON.stringify(value)}, but must be one of ${names.join(', ')}`);
    return name;
  }

  #value(key: string): unknown {
    this.#known.add(key);
    const value = this.#entries.get(key);
    return isAbsent(value) ? undefined : value;
  }

  #name(key: string): string {
    const shown = /^[\w.-]+$/.test(key) ? key : JSON.stringify(key);
    return this.#path === '' ? shown : `${this.#path}.${shown}`;
  }
}

function isMapping(given: unknown): given is object {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function isAbsent(given: unknown): boolean {
  return given === undefined || given === null || given === '';
}
