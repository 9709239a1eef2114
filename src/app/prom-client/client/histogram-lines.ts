import { EXPLICIT_BUCKETS, HISTOGRAM_SUM } from '../../../model/protocol.ts';
import type { CellChild } from './cells.ts';
import type { Exemplar } from './exemplar.ts';
import type { HistogramBuckets } from './histogram-buckets.ts';
import { exemplarText } from './number-lines.ts';
import type { TextContext } from './own-metric.ts';
import { braced, labelText, remembered, valueText } from './text.ts';
import type { MetricValueWithName } from './types.ts';

/**
 * The lines of a histogram, a child at a time: prom-client writes `le` first, then the default labels, and then those of
 * the child.
 */
export function* histogramLines(
  children: Iterable<CellChild>,
  { bounds, sources }: HistogramBuckets,
  { name, defaults, isOpenMetrics }: TextContext,
): Generator<string> {
  const heads = [...bounds, '+Inf'].map((bound) => `${name}_bucket{le="${bound}"`);
  for (const child of children) {
    const { cells, at } = child;
    const labels = remembered(child.given, defaults, (own, added) =>
      braced(labelText(added, own), labelText(own)),
    );
    const rest = labels === '' ? '} ' : `,${labels.slice(1)} `;
    let text = '';
    let shown = 0;
    let count = 0;
    for (let i = 0; i <= bounds.length; i++) {
      const source = sources[i] ?? i;
      count += cells[at + EXPLICIT_BUCKETS + i]!;
      shown = i === bounds.length ? count : shown + cells[at + EXPLICIT_BUCKETS + source]!;
      text += heads[i]! + rest + shown;
      if (isOpenMetrics) text += exemplarText(child, source);
      text += '\n';
    }
    yield `${text}${name}_sum${labels} ${valueText(cells[at + HISTOGRAM_SUM]!)}\n${name}_count${labels} ${count}`;
  }
}

/** The values of one child in the result of `get()`. */
export function histogramValues<T extends string>(
  name: string,
  child: CellChild,
  buckets: HistogramBuckets,
): MetricValueWithName<T>[] {
  const own = child.given.labels;
  const values: object[] = [];
  let bucket = 0;
  for (const [le, value] of cumulated(child, buckets)) {
    const exemplar = exemplarOf(child, buckets.sources[bucket] ?? bucket);
    values.push({ value, metricName: `${name}_bucket`, exemplar, labels: { le, ...own } });
    bucket++;
  }
  const sum = child.cells[child.at + HISTOGRAM_SUM]!;
  const count = countOf(child, buckets);
  values.push({ value: sum, metricName: `${name}_sum`, exemplar: undefined, labels: { ...own } });
  values.push({ value: count, metricName: `${name}_count`, exemplar: undefined, labels: { ...own } });
  return values as MetricValueWithName<T>[];
}

/** Every bound with the number of values that are not above it. */
function* cumulated(
  { cells, at }: CellChild,
  { bounds, sources }: HistogramBuckets,
): Generator<[number | string, number]> {
  let count = 0;
  let total = 0;
  for (let i = 0; i < bounds.length; i++) {
    total += cells[at + EXPLICIT_BUCKETS + i]!;
    count += cells[at + EXPLICIT_BUCKETS + sources[i]!]!;
    yield [bounds[i]!, count];
  }
  yield ['+Inf', total + cells[at + EXPLICIT_BUCKETS + bounds.length]!];
}

function countOf({ cells, at }: CellChild, { bounds }: HistogramBuckets): number {
  let count = 0;
  for (let i = 0; i <= bounds.length; i++) count += cells[at + EXPLICIT_BUCKETS + i]!;
  return count;
}

/** prom-client has null where there may be one and is none. */
function exemplarOf({ exemplars }: CellChild, bucket: number): Exemplar | null {
  return exemplars?.[bucket] ?? null;
}
