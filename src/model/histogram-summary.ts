/** The values that histograms of both kinds have besides their buckets. */
export interface Summary {
  readonly count: number;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
}

/** The values of one interval. `count` shows whether a difference of buckets counts exactly these values. */
export interface Interval {
  readonly count: number;
  readonly min?: number;
  readonly max?: number;
}

/** A cumulative histogram that also knows the values since the last collection of differences. */
export interface WithInterval {
  readonly interval?: Interval;
}

/**
 * Sum, minimum and maximum of two histograms together. A value that one of them lacks is absent from the result, except
 * that a histogram without recordings does not affect minimum and maximum.
 */
export function addSummaries(a: Summary, b: Summary): Pick<Summary, 'sum' | 'min' | 'max'> {
  return {
    ...extremes(a, b),
    ...(a.sum === undefined || b.sum === undefined ? {} : { sum: a.sum + b.sum }),
  };
}

/** The interval of two histograms together. */
export function addIntervals(a: WithInterval, b: WithInterval): WithInterval {
  const [one, other] = [a.interval, b.interval];
  if (one === undefined || other === undefined) return withInterval(one ?? other);
  return { interval: { ...extremes(one, other), count: one.count + other.count } };
}

function withInterval(interval: Interval | undefined): WithInterval {
  return interval === undefined ? {} : { interval };
}

/** The value as the SDK defines it: without the interval of a histogram that has one. */
export function withoutInterval<T>(value: T): T {
  if (typeof value !== 'object' || value === null || !('interval' in value)) return value;
  const { interval: _, ...rest } = value;
  // Has every property of T without those that `WithInterval` adds.
  return rest as T;
}

/**
 * Minimum and maximum for a difference of `count` values. Absent if the interval has other values, because a recording,
 * or the end of a hub, came between two readings.
 */
export function extremesOf({ interval }: WithInterval, count: number): Pick<Summary, 'min' | 'max'> {
  return interval === undefined || interval.count !== count ? {} : known(interval.min, interval.max);
}

function extremes(a: Summary, b: Summary): Pick<Summary, 'min' | 'max'> {
  if (a.count === 0) return known(b.min, b.max);
  if (b.count === 0) return known(a.min, a.max);
  return known(combine(Math.min, a.min, b.min), combine(Math.max, a.max, b.max));
}

function combine(
  choose: (a: number, b: number) => number,
  a: number | undefined,
  b: number | undefined,
): number | undefined {
  return a === undefined || b === undefined ? undefined : choose(a, b);
}

function known(min: number | undefined, max: number | undefined): Pick<Summary, 'min' | 'max'> {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}
