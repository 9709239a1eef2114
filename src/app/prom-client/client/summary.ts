import { format } from 'node:util';
import { recorder } from '../../record/global.ts';
import { bridgedMetric } from '../bridged-metric.ts';
import { BaseMetric, type MetricConfiguration } from './base-metric.ts';
import { type Child, type Given, LabelSets } from './label-sets.ts';
import { isObject, type Labels, labelsOf, NO_LABELS, validateLabel } from './labels.ts';
import { COLLECT, LINES, type TextContext } from './own-metric.ts';
import { SCOPE } from './scope.ts';
import { SummaryRecording } from './summary-recording.ts';
import { braced, labelText, valueText, withDefaults } from './text.ts';
import { TimeWindowQuantiles } from './time-window-quantiles.ts';
import { startTimer } from './timer.ts';
import type { CollectFunction, LabelValues, MetricObjectWithValues, MetricValueWithName } from './types.ts';

const DEFAULT_PERCENTILES: readonly number[] = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999];
/** Values between two compressions of a digest. */
const DEFAULT_COMPRESS_COUNT = 1000;

/** Options of a summary. */
export interface SummaryConfiguration<T extends string> extends MetricConfiguration<T> {
  /** Which quantiles to show, from 0 to 1. */
  percentiles?: number[];
  /** Seconds after which a value no longer counts in the quantiles. Needs `ageBuckets`. */
  maxAgeSeconds?: number;
  /** In how many steps values leave the window. */
  ageBuckets?: number;
  /** Removes sets of labels whose window has no value, when they are read. */
  pruneAgedBuckets?: boolean;
  /** Values between two compressions of a set of labels. */
  compressCount?: number;
  collect?: CollectFunction<Summary<T>>;
}

export declare namespace Summary {
  interface Internal<T extends string> {
    observe(value: number): void;
    /** Returns a function that observes the seconds since the start, and returns them. */
    startTimer(): (labels?: LabelValues<T>) => number;
  }

  interface Config {
    percentiles?: number[];
  }
}

class SummaryChild implements Child<SummaryChild> {
  given: Given<SummaryChild>;
  readonly givens: Given<SummaryChild>[] = [];
  isRemoved = false;
  readonly window: TimeWindowQuantiles;
  count = 0;
  sum = 0;

  constructor(window: TimeWindowQuantiles, givenOf: (child: SummaryChild) => Given<SummaryChild>) {
    this.window = window;
    this.given = givenOf(this);
  }
}

interface Value {
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

/**
 * Quantiles of values, by labels. They cannot be added up over processes: a histogram can. The hub has the values of the
 * last collection.
 */
export class Summary<T extends string = string> extends BaseMetric<T, SummaryRecording> {
  declare percentiles: number[];
  declare maxAgeSeconds: number | undefined;
  declare ageBuckets: number | undefined;
  declare pruneAgedBuckets: boolean | undefined;
  declare compressCount: number;
  private readonly children: LabelSets<SummaryChild>;

  constructor(configuration: SummaryConfiguration<T>) {
    super('summary', configuration, {
      percentiles: [...DEFAULT_PERCENTILES],
      compressCount: DEFAULT_COMPRESS_COUNT,
    });
    if (this.labelNames.includes('quantile' as T)) throw new Error('quantile is a reserved label keyword');
    this.children = new LabelSets<SummaryChild>(
      this.labelNames,
      (givenOf) => new SummaryChild(new TimeWindowQuantiles(this.maxAgeSeconds, this.ageBuckets), givenOf),
    );
    if (this.labelNames.length === 0) this.children.lookUp(NO_LABELS);
    this.register();
  }

  /** Throws for a value that is not a finite number, and for unknown labels. */
  observe(value: number): void;
  observe(labels: LabelValues<T>, value: number): void;
  observe(first: LabelValues<T> | number, value?: number): void {
    this.digest(first === 0 ? 0 : first || NO_LABELS, value);
  }

  async get(): Promise<MetricObjectWithValues<MetricValueWithName<T>>> {
    const collecting = this[COLLECT]();
    if (collecting !== undefined) await collecting;
    const { name, help, type, aggregator } = this;
    const values = [...this.values()].flat();
    // As prom-client's, it has no `collect`, whatever its type says.
    return { name, help, type, values, aggregator } as unknown as MetricObjectWithValues<
      MetricValueWithName<T>
    >;
  }

  /** Starts all sets of labels from zero. */
  override reset(): void {
    for (const child of this.children.all()) {
      child.window.reset();
      child.count = 0;
      child.sum = 0;
    }
  }

  /** Returns a function that observes the seconds since the start, and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number {
    return startTimer(labels, (all, seconds) => this.observe(all, seconds));
  }

  /** The child with these labels. */
  labels(...values: string[]): Summary.Internal<T>;
  labels(labels: LabelValues<T>): Summary.Internal<T>;
  labels(...args: unknown[]): Summary.Internal<T> {
    const labels = labelsOf(this.labelNames, args);
    validateLabel(this.labelNames, labels);
    return {
      observe: (value) => this.digest(labels, value),
      startTimer: () => this.startTimer(labels as LabelValues<T>),
    };
  }

  remove(...values: string[]): void;
  remove(labels: LabelValues<T>): void;
  remove(...args: unknown[]): void {
    const labels = labelsOf(this.labelNames, args);
    validateLabel(this.labelNames, labels);
    const child = this.children.get(labels);
    if (child !== undefined) this.children.remove(child);
  }

  protected override record(name: string, defaults: Labels): SummaryRecording {
    const { help } = this;
    const metric = new WeakRef(this);
    const read = async () => (await metric.deref()?.get()) ?? { values: [] };
    const bridged = bridgedMetric(
      recorder.getMeter(SCOPE),
      { type: 'summary', name, help, get: read } as never,
      Date.now(),
    );
    return new SummaryRecording(name, bridged, defaults);
  }

  override *[LINES]({ name, defaults }: TextContext): Iterable<string> {
    for (const values of this.values()) {
      const lines = values.map(({ metricName = name, labels, value }) => {
        const set = braced(labelText(withDefaults(labels, defaults)));
        return `${metricName}${set} ${valueText(value)}`;
      });
      yield lines.join('\n');
    }
  }

  /** The values of one child after the other. */
  private *values(): Generator<Value[]> {
    for (const child of [...this.children.all()]) {
      const { window, given, sum, count } = child;
      if (this.pruneAgedBuckets && window.size() === 0) {
        this.children.remove(child);
        continue;
      }
      window.compress();
      const quantiles: Value[] = this.percentiles.map((quantile) => ({
        labels: { quantile, ...given.labels },
        value: window.percentile(quantile) || 0,
      }));
      yield [
        ...quantiles,
        { metricName: `${this.name}_sum`, labels: { ...given.labels }, value: sum },
        { metricName: `${this.name}_count`, labels: { ...given.labels }, value: count },
      ];
    }
  }

  private digest(first: unknown, second: unknown): void {
    // As in prom-client, a single argument is the value.
    const [labels, value] = second === undefined ? [NO_LABELS, first] : [first, second];
    validateLabel(this.labelNames, first as object);
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw new TypeError(`Value is not a valid number: ${format(value)}`);
    }
    const { child } = this.children.lookUp(isObject(labels) ? (labels as Labels) : NO_LABELS);
    child.window.push(value);
    child.count++;
    if (child.count % this.compressCount === 0) child.window.compress();
    child.sum += value;
  }
}
