/** What histograms of both kinds know besides their buckets. */
export interface Summary {
  readonly count: number;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
}

/**
 * Sum, minimum and maximum of two histograms together. What one of them does not know is absent from the result;
 * but a histogram without values has no part in minimum and maximum.
 */
export function addSummaries(a: Summary, b: Summary): Pick<Summary, 'sum' | 'min' | 'max'> {
  return {
    ...extremes(a, b),
    ...(a.sum === undefined || b.sum === undefined ? {} : { sum: a.sum + b.sum }),
  };
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
