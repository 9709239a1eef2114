/** OpenTelemetry metrics SDK specification, "Explicit Bucket Histogram Aggregation". */
export const DEFAULT_BOUNDARIES: readonly number[] = [
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000,
];

/** Whether every boundary is a finite number above the one before it. */
export function areAscending(boundaries: readonly number[]): boolean {
  let previous = Number.NEGATIVE_INFINITY;
  for (const boundary of boundaries) {
    if (!(boundary > previous && boundary < Number.POSITIVE_INFINITY)) return false;
    previous = boundary;
  }
  return true;
}

/**
 * Sorted boundaries without infinities and duplicates, as in the stock SDK.
 *
 * @returns `undefined` for anything but a list of numbers
 */
export function repairBoundaries(given: unknown): readonly number[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const boundaries: unknown[] = [...given];
  if (!boundaries.every(isNumber)) return undefined;
  if (areAscending(boundaries)) return boundaries;
  return [...new Set(boundaries.filter(Number.isFinite))].sort((a, b) => a - b);
}

/** The bucket that counts a value: bucket i is (boundaries[i-1], boundaries[i]]. (Metrics data model, "Histogram") */
export function bucketOf(boundaries: readonly number[], value: number): number {
  const found = boundaries.findIndex((boundary) => value <= boundary);
  return found === -1 ? boundaries.length : found;
}

export function areEqual(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((boundary, i) => boundary === b[i]));
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value);
}
