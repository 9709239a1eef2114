import { type Labels, type Sample, sampleValue, seriesKey } from './samples.ts';

interface HistogramSeries {
  readonly bounds: { readonly le: number; readonly count: number }[];
  sum: number | undefined;
  count: number | undefined;
}

/**
 * Throws unless every series of the histogram has ascending buckets up to +Inf with counts that never
 * fall, a sum, and a count equal to its last bucket.
 */
export function checkHistogram(name: string, samples: readonly Sample[]): void {
  const all = new Map<string, HistogramSeries>();
  for (const sample of samples) {
    const { le, ...labels } = sample.labels;
    const key = seriesKey(name, labels);
    const series = all.get(key) ?? { bounds: [], sum: undefined, count: undefined };
    all.set(key, series);
    if (sample.name === `${name}_bucket`) {
      if (le === undefined) throw new Error(`${key} has a bucket without le`);
      series.bounds.push({ le: sampleValue(le), count: sample.value });
    } else if (le !== undefined) throw new Error(`${sample.name} has the label le`);
    else if (sample.name === `${name}_sum`) series.sum = sample.value;
    else series.count = sample.value;
  }
  for (const [key, { bounds, sum, count }] of all) {
    for (const [i, { le, count: here }] of bounds.entries()) {
      const before = bounds[i - 1];
      if (before === undefined) continue;
      if (!(before.le < le)) throw new Error(`the buckets of ${key} do not ascend at le=${le}`);
      if (before.count > here) throw new Error(`the counts of ${key} fall at le=${le}`);
    }
    const last = bounds.at(-1);
    if (last?.le !== Number.POSITIVE_INFINITY) throw new Error(`${key} has no +Inf bucket`);
    if (sum === undefined) throw new Error(`${key} has no sum`);
    if (count !== last.count) throw new Error(`${key} counts ${count}, its buckets ${last.count}`);
  }
}

/** Throws unless every series of the summary has a sum and a count, and a quantile only where one belongs. */
export function checkSummary(name: string, samples: readonly Sample[]): void {
  const parts = new Map<string, Set<string>>();
  for (const { name: part, labels: all } of samples) {
    const { quantile, ...labels }: Labels = all;
    if ((part === name) !== (quantile !== undefined)) {
      throw new Error(`${part} ${quantile === undefined ? 'lacks' : 'has'} the label quantile`);
    }
    if (quantile !== undefined) sampleValue(quantile);
    const key = seriesKey(name, labels);
    parts.set(key, (parts.get(key) ?? new Set()).add(part));
  }
  for (const [key, has] of parts) {
    for (const part of ['_sum', '_count']) {
      if (!has.has(`${name}${part}`)) throw new Error(`${key} has no ${part.slice(1)}`);
    }
  }
}
