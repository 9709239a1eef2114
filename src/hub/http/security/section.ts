import { isMapping, Mapping } from '../../../config/mapping.ts';

/**
 * A mapping of the web configuration. Each fault becomes a line of `faults`, which names the key and never shows a value
 * that may be a secret.
 *
 * From YAML every scalar comes as its text, and a key without a value as ''; from an options object every value comes as
 * it is. A key without a value counts as not there, as in exporter-toolkit.
 */
export class Section extends Mapping {
  readonly #faults: string[];

  constructor(given: unknown, path: string, faults: string[]) {
    super(given, path);
    this.#faults = faults;
    if (!isMapping(given) && !isAbsent(given)) faults.push(`${path || 'the whole'} must be a mapping`);
  }

  get isEmpty(): boolean {
    return [...this.entries.values()].every(isAbsent);
  }

  /** Adds a fault about a key. */
  fault(key: string, what: string): void {
    this.#faults.push(`${this.pathOf(key)} ${what}`);
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

  /** A list of texts that are not empty. */
  texts(key: string): readonly string[] | undefined {
    const value = this.#value(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')) return value;
    this.fault(key, 'must be a list of texts');
    return undefined;
  }

  section(key: string): Section {
    return new Section(this.#value(key), this.pathOf(key), this.#faults);
  }

  /** All keys with their texts, or '' for other values, where the keys are not known beforehand. */
  pairs(): readonly (readonly [key: string, value: string])[] {
    return Array.from(this.entries, ([key, value]) => [key, typeof value === 'string' ? value : '']);
  }

  /** Every key that was not read by now is a fault. */
  end(): void {
    for (const key of this.keysNotRead) {
      this.fault(key, `is not known; known are ${[...this.keysRead].join(', ')}`);
    }
  }

  #chosen<T extends string>(key: string, value: string, names: readonly T[]): T | undefined {
    const name = names.find((known) => known === value);
    if (name === undefined)
      this.fault(key, `is ${JSON.stringify(value)}, but must be one of ${names.join(', ')}`);
    return name;
  }

  #value(key: string): unknown {
    const value = this.read(key);
    return isAbsent(value) ? undefined : value;
  }
}

function isAbsent(given: unknown): boolean {
  return given === undefined || given === null || given === '';
}
