import { Mapping } from '../mapping.ts';

/** A property of a configuration file, with where it stands in it. */
export interface Entry {
  /** As in `meter_provider.readers[0].pull`. */
  readonly path: string;
  /** Neither undefined nor null. */
  readonly value: unknown;
}

/**
 * A mapping of OpenTelemetry's declarative configuration. A key that chooses something, such as an exporter, does so
 * without a value too.
 */
export class Section extends Mapping {
  private readonly inner: Section[] = [];

  constructor(values: unknown, path = '') {
    super(values, path);
  }

  take(key: string): Entry | undefined {
    const value = this.read(key);
    return value === undefined ? undefined : { path: this.pathOf(key), value };
  }

  section(key: string): Section {
    const section = new Section(this.read(key), this.pathOf(key));
    this.inner.push(section);
    return section;
  }

  sections(key: string): Section[] {
    const list = this.read(key);
    if (!Array.isArray(list)) return [];
    const sections = list.map((values, i) => new Section(values, `${this.pathOf(key)}[${i}]`));
    this.inner.push(...sections);
    return sections;
  }

  /** Keeps everything in it out of {@link unread}. */
  dismiss(): void {
    for (const key of this.keys) this.read(key);
    this.inner.length = 0;
  }

  /** The paths of all values that were not read. */
  unread(): string[] {
    const own = this.keysNotRead.filter((key) => (this.entries.get(key) ?? undefined) !== undefined);
    return [...own.map((key) => this.pathOf(key)), ...this.inner.flatMap((section) => section.unread())];
  }
}
