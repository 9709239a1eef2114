import type { Attributes } from '@opentelemetry/api';

/** OpenTelemetry metrics SDK specification, "Cardinality limits": the default. */
export const DEFAULT_SERIES_LIMIT = 2000;

/** OpenTelemetry metrics SDK specification, "Overflow attribute": true of the series of all that is beyond a limit. */
export const OVERFLOW_ATTRIBUTE = 'otel.metric.overflow';

/**
 * How many series an instrument may have, its overflow series included, for as long as it lives. Series
 * that have declared values alone have a reserve as large as the limit itself, so that they find a place
 * however much junk came first.
 */
export class SeriesLimit {
  max: number;
  private readonly declared = new Map<string, Set<unknown>>();

  constructor(max: number) {
    this.max = max;
  }

  /** Declares values of an attribute, in addition to those that are declared already. */
  reserve(attribute: string, values: Iterable<unknown>): void {
    const known = this.declared.get(attribute) ?? new Set();
    for (const value of values) known.add(value);
    this.declared.set(attribute, known);
  }

  isDeclared(attribute: string, value: unknown): boolean {
    return this.declared.get(attribute)?.has(value) === true;
  }

  /** @param count how many series there are, without the one of the overflow */
  isReached(count: number): boolean {
    return count >= this.max - 1;
  }

  /** Whether there is a place for one more series. */
  hasRoomFor(count: number, attributes: Attributes): boolean {
    if (!this.isReached(count)) return true;
    if (this.isReached(count - this.max)) return false;
    return Object.entries(attributes).every(([name, value]) => this.isDeclared(name, value));
  }
}
