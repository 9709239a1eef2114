import type { Attributes } from '@opentelemetry/api';

/** OpenTelemetry metrics SDK specification, "Cardinality limits": the default. */
export const DEFAULT_SERIES_LIMIT = 2000;

/** The attribute of the series that counts everything beyond a limit. (SDK specification, "Overflow attribute") */
export const OVERFLOW_ATTRIBUTE = 'otel.metric.overflow';

const MAX_RESERVED_VALUES = 100_000;

/**
 * The maximum number of an instrument's series, the overflow series included. It lasts as long as the instrument.
 * Series whose values are all reserved have as many places again, so they find one even after a flood of junk series.
 */
export class SeriesLimit {
  max: number;
  private readonly reserved = new Map<string, Set<unknown>>();

  constructor(max: number) {
    this.max = max;
  }

  /** Reserves places for more values of an attribute, in addition to earlier ones. */
  reserve(attribute: string, values: Iterable<unknown>): void {
    const known = this.reserved.get(attribute) ?? new Set();
    this.reserved.set(attribute, known);
    for (const value of reservedOf(values)) known.add(value);
  }

  isReserved(attribute: string, value: unknown): boolean {
    return this.reserved.get(attribute)?.has(value) === true;
  }

  /** @param count of the series without the overflow series */
  isReached(count: number): boolean {
    return count >= this.max - 1;
  }

  /** Whether one more series finds a place. */
  hasRoomFor(count: number, attributes: Attributes): boolean {
    if (!this.isReached(count)) return true;
    if (this.isReached(count - this.max)) return false;
    return Object.entries(attributes).every(([name, value]) => this.isReserved(name, value));
  }
}

/** The values that one call reserves, from an iterable that may be infinite. */
export function reservedOf<T>(values: Iterable<T>): T[] {
  const reserved: T[] = [];
  for (const value of values) {
    if (reserved.push(value) >= MAX_RESERVED_VALUES) break;
  }
  return reserved;
}
