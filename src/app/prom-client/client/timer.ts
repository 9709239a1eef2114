import type { LabelValues } from './types.ts';

/** Returns a function that records the seconds since now, with more labels, and returns them. */
export function startTimer<T extends string>(
  labels: LabelValues<T> | undefined,
  record: (labels: LabelValues<T>, seconds: number) => void,
): (labels?: LabelValues<T>) => number {
  const elapsed = stopwatch();
  return (endLabels) => {
    const seconds = elapsed();
    record({ ...labels, ...endLabels } as LabelValues<T>, seconds);
    return seconds;
  };
}

/** Seconds since it was started, by the clock that tests may replace. */
export function stopwatch(): () => number {
  const start = process.hrtime();
  return () => {
    const [seconds, nanoseconds] = process.hrtime(start);
    return seconds + nanoseconds / 1e9;
  };
}
