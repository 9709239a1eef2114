/** Boundaries at equal distances. Throws for a count below 1. */
export function linearBuckets(start: number, width: number, count: number): number[] {
  if (count < 1) throw new Error('Linear buckets needs a positive count');
  return Array.from(new Array(count), (_, i) => start + i * width);
}

/** Boundaries that grow by a factor. */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  if (start <= 0) throw new Error('Exponential buckets needs a positive start');
  if (count < 1) throw new Error('Exponential buckets needs a positive count');
  if (factor <= 1) throw new Error('Exponential buckets needs a factor greater than 1');
  let next = start;
  return Array.from(new Array(count), () => {
    const bound = next;
    next *= factor;
    return bound;
  });
}
