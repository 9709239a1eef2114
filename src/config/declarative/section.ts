/** A property of a configuration file, with where it stands in it. */
export interface Entry {
  /** As in `meter_provider.readers[0].pull`. */
  readonly path: string;
  /** Neither undefined nor null. */
  readonly value: unknown;
}

/**
 * A mapping of a configuration file that remembers what was asked for, so that everything that nobody asked
 * for can be named. A property that is null is as if it were not there, as the schema has it; of properties
 * that choose something, such as an exporter, the key alone counts.
 */
export class Section {
  readonly path: string;
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly read = new Set<string>();
  private readonly inner: Section[] = [];

  constructor(values: unknown, path = '') {
    this.values = isMapping(values) ? values : {};
    this.path = path;
  }

  get keys(): string[] {
    return Object.keys(this.values);
  }

  take(key: string): Entry | undefined {
    this.read.add(key);
    const value = this.values[key] ?? undefined;
    return value === undefined ? undefined : { path: this.pathOf(key), value };
  }

  section(key: string): Section {
    const section = new Section(this.take(key)?.value, this.pathOf(key));
    this.inner.push(section);
    return section;
  }

  sections(key: string): Section[] {
    const list = this.take(key)?.value;
    if (!Array.isArray(list)) return [];
    const sections = list.map((values, i) => new Section(values, `${this.pathOf(key)}[${i}]`));
    this.inner.push(...sections);
    return sections;
  }

  /** Has nothing of it be named. */
  dismiss(): void {
    for (const key of this.keys) this.read.add(key);
    this.inner.length = 0;
  }

  /** Paths of what is there and was not asked for. */
  unread(): string[] {
    const own = Object.entries(this.values).filter(
      ([key, value]) => !this.read.has(key) && value !== undefined && value !== null,
    );
    return [...own.map(([key]) => this.pathOf(key)), ...this.inner.flatMap((section) => section.unread())];
  }

  pathOf(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
