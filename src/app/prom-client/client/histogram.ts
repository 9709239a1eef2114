import { format } from 'node:util';
import { EXPLICIT_BUCKETS, HISTOGRAM_SUM } from '../../../model/protocol.ts';
import { recorder } from '../../record/global.ts';
import type { MetricConfiguration } from './base-metric.ts';
import { CellMetric } from './cell-metric.ts';
import type { CellChild, HistogramShape } from './cells.ts';
import { Exemplar, putExemplar } from './exemplar.ts';
import { type HistogramBuckets, histogramBuckets } from './histogram-buckets.ts';
import { histogramLines, histogramValues } from './histogram-lines.ts';
import { isObject, type Labels, labelsOf, NO_LABELS, validateLabel } from './labels.ts';
import { COLLECT, LINES, type TextContext } from './own-metric.ts';
import { Recording } from './recording.ts';
import { SCOPE } from './scope.ts';
import { startTimer, stopwatch } from './timer.ts';
import type { CollectFunction, LabelValues, MetricObjectWithValues, MetricValueWithName } from './types.ts';

const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Options of a histogram. */
export interface HistogramConfiguration<T extends string> extends MetricConfiguration<T> {
  /** Upper bounds of the buckets, without infinity. The default suits requests in seconds: from 0.005 to 10. */
  buckets?: number[];
  collect?: CollectFunction<Histogram<T>>;
}

/** Argument of `observe` of a histogram with exemplars. */
export interface ObserveDataWithExemplar<T extends string> {
  value: number;
  labels?: LabelValues<T>;
  exemplarLabels?: LabelValues<T>;
}

export declare namespace Histogram {
  interface Internal<T extends string> {
    observe(value: number): void;
    /** Returns a function that observes the seconds since the start, and returns them. */
    startTimer(): (labels?: LabelValues<T>) => number;
  }

  interface Config {
    buckets?: number[];
  }
}

/** Counts values in buckets, by labels. */
export class Histogram<T extends string = string> extends CellMetric<T> {
  declare buckets: number[];
  protected readonly shape: HistogramShape;
  private readonly counting: HistogramBuckets;

  constructor(configuration: HistogramConfiguration<T>) {
    super('histogram', configuration, { buckets: [...DEFAULT_BUCKETS] });
    if (this.labelNames.includes('le' as T)) throw new Error('le is a reserved label keyword');
    Object.freeze(this.buckets);
    this.counting = histogramBuckets(this.buckets);
    this.shape = this.counting.shape;
    if (this.labelNames.length === 0) this.children.lookUp(NO_LABELS);
    this.register();
  }

  /**
   * Counts `value`. Throws for a value that is not a finite number, and for unknown labels. With exemplars
   * enabled it takes one object. (bench/record.ts)
   */
  observe(value: number): void;
  observe(labels: LabelValues<T>, value: number): void;
  observe(data: ObserveDataWithExemplar<T>): void;
  observe(first: LabelValues<T> | ObserveDataWithExemplar<T> | number, value?: number): void {
    if (this.enableExemplars) this.observeWithExemplar(first as ObserveDataWithExemplar<T>);
    else if (typeof first === 'object' && first !== null) this.count(first as Labels, value);
    // As in prom-client, anything but 0 that is false stands for no labels.
    else if (first || first === 0) this.count(NO_LABELS, first);
    else this.count(NO_LABELS, value);
  }

  async get(): Promise<MetricObjectWithValues<MetricValueWithName<T>>> {
    const collecting = this[COLLECT]();
    if (collecting !== undefined) await collecting;
    const { name, help, type, aggregator, counting } = this;
    const values = [...this.children.all()].flatMap((child) => histogramValues(name, child, counting));
    // As prom-client's, it has no `collect`, whatever its type says.
    return { name, help, type, values, aggregator } as unknown as MetricObjectWithValues<
      MetricValueWithName<T>
    >;
  }

  /** Removes all values. */
  override reset(): void {
    this.removeAll();
  }

  /** Begins a set of labels with zeros. */
  zero(labels: LabelValues<T>): void {
    const { child } = this.children.begin(labels as Labels);
    this.recorded?.release([child]);
    child.clear(this.shape);
    this.recorded?.attach(child);
  }

  /** Returns a function that observes the seconds since the start, and returns them. */
  startTimer(
    labels?: LabelValues<T>,
    exemplarLabels?: LabelValues<T>,
  ): (labels?: LabelValues<T>, exemplarLabels?: LabelValues<T>) => number {
    if (!this.enableExemplars) return startTimer(labels, (all, seconds) => this.observe(all, seconds));
    const elapsed = stopwatch();
    return (endLabels, endExemplarLabels) => {
      const value = elapsed();
      this.observe({
        labels: { ...labels, ...endLabels } as LabelValues<T>,
        value,
        exemplarLabels: { ...exemplarLabels, ...endExemplarLabels } as LabelValues<T>,
      });
      return value;
    };
  }

  /** The child with these labels: a faster way to record where they stay the same. */
  labels(...values: string[]): Histogram.Internal<T>;
  labels(labels: LabelValues<T>): Histogram.Internal<T>;
  labels(...args: unknown[]): Histogram.Internal<T> {
    const labels = labelsOf(this.labelNames, args);
    validateLabel(this.labelNames, labels);
    const { counting } = this;
    let child: CellChild | undefined;
    return {
      observe: (value: number) => {
        if (child?.isPlain && Number.isFinite(value)) {
          const { cells, at } = child;
          cells[at + HISTOGRAM_SUM]! += value;
          cells[at + EXPLICIT_BUCKETS + counting.bucketOf(value)]! += 1;
        } else {
          child = this.countSlowly(labels, value);
        }
      },
      startTimer: () => startTimer(labels as LabelValues<T>, (all, seconds) => this.observe(all, seconds)),
    };
  }

  remove(...values: string[]): void;
  remove(labels: LabelValues<T>): void;
  remove(...args: unknown[]): void {
    this.removeLabels(args);
  }

  protected override startRecording(name: string, defaults: Labels): Recording {
    const { boundaries } = this.counting;
    const advice = { explicitBucketBoundaries: [...boundaries], limits: { seriesIdle: 0 } };
    const options = { description: this.help, advice };
    const exemplars = this.enableExemplars ? 'given' : 'sampled';
    const state = recorder.getMeter(SCOPE).createCountedHistogram(name, options, exemplars);
    state.setBoundaries(boundaries);
    if (String(state.described.boundaries) !== String(boundaries)) {
      throw new Error(
        `a histogram of this name has the buckets ${state.described.boundaries}, not ${boundaries}`,
      );
    }
    if (state.described.description !== this.help) state.describe(this.help);
    return new Recording(state, this.shape, this, defaults);
  }

  override [LINES](context: TextContext): Iterable<string> {
    return histogramLines(this.children.all(), this.counting, context);
  }

  private count(labels: Labels, value: unknown): void {
    const child = this.children.find(labels)?.child;
    if (child?.isPlain && Number.isFinite(value)) {
      const { cells, at } = child;
      cells[at + HISTOGRAM_SUM]! += value as number;
      cells[at + EXPLICIT_BUCKETS + this.counting.bucketOf(value as number)]! += 1;
    } else {
      this.countSlowly(labels, value);
    }
  }

  private countSlowly(given: Labels, value: unknown): CellChild {
    const labels = isObject(given) ? given : NO_LABELS;
    validateLabel(this.labelNames, labels);
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw new TypeError(`Value is not a valid number: ${format(value)}`);
    }
    const child = this.attached(this.children.lookUp(labels).child);
    const bucket = this.counting.bucketOf(value);
    child.cells[child.at + HISTOGRAM_SUM]! += value;
    child.cells[child.at + EXPLICIT_BUCKETS + bucket]! += 1;
    const { series } = child;
    if (series !== undefined) {
      if (child.isShared) this.shape.count(series, bucket, value);
      if (!this.enableExemplars) series.exemplars?.offer(this.shape.placeOf(bucket), value, undefined);
    }
    return child;
  }

  private observeWithExemplar(data: ObserveDataWithExemplar<T>): void {
    const { labels = NO_LABELS, value, exemplarLabels = {} } = data ?? {};
    const child = this.countSlowly(labels as Labels, value);
    if (Object.keys(exemplarLabels).length === 0) return;
    const bucket = this.counting.bucketOf(value);
    child.exemplars ??= [];
    child.exemplars[bucket] ??= new Exemplar();
    child.exemplars[bucket].take(exemplarLabels, value);
    putExemplar(child, this.shape.placeOf(bucket), child.exemplars[bucket]);
  }
}
