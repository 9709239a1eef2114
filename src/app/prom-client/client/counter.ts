import { format } from 'node:util';
import { SCALAR_VALUE } from '../../../model/protocol.ts';
import { recorder } from '../../record/global.ts';
import type { MetricConfiguration } from './base-metric.ts';
import { CellMetric } from './cell-metric.ts';
import { type CellChild, COUNTER, finite } from './cells.ts';
import { Exemplar, putExemplar } from './exemplar.ts';
import { isObject, type Labels, labelsOf, NO_LABELS, validateLabel } from './labels.ts';
import { numberLines, numbersOf } from './number-lines.ts';
import { LINES, type TextContext } from './own-metric.ts';
import { Recording } from './recording.ts';
import { SCOPE } from './scope.ts';
import type { CollectFunction, LabelValues, MetricObjectWithValues, MetricValue } from './types.ts';

/** Options of a counter. */
export interface CounterConfiguration<T extends string> extends MetricConfiguration<T> {
  collect?: CollectFunction<Counter<T>>;
}

/** Argument of `inc` of a counter with exemplars. */
export interface IncreaseDataWithExemplar<T extends string> {
  value?: number;
  labels?: LabelValues<T>;
  exemplarLabels?: LabelValues<T>;
}

export declare namespace Counter {
  interface Internal {
    /** Adds to the child. The default is 1. */
    inc(value?: number): void;
  }
}

/** A value that only goes up, by labels. */
export class Counter<T extends string = string> extends CellMetric<T> {
  protected readonly shape = COUNTER;

  constructor(configuration: CounterConfiguration<T>) {
    super('counter', configuration, {});
    this.reset();
    this.register();
  }

  /**
   * Adds `value`, 1 by default. Throws for a value that is negative or no number, and for labels that the metric has
   * not. With exemplars enabled it takes one object. (bench/record.ts)
   */
  inc(labels: LabelValues<T>, value?: number): void;
  inc(value?: number): void;
  inc(data: IncreaseDataWithExemplar<T>): void;
  inc(first?: LabelValues<T> | IncreaseDataWithExemplar<T> | number, value?: number): void {
    if (this.enableExemplars) this.incWithExemplar(first as IncreaseDataWithExemplar<T> | undefined);
    else if (typeof first === 'object' && first !== null) this.add(first as Labels, value);
    else this.add(NO_LABELS, first);
  }

  async get(): Promise<MetricObjectWithValues<MetricValue<T>>> {
    return numbersOf(this, this.children.all());
  }

  /** The child with these labels: a faster way to count where they stay the same. */
  labels(...values: string[]): Counter.Internal;
  labels(labels: LabelValues<T>): Counter.Internal;
  labels(...args: unknown[]): Counter.Internal {
    const labels = labelsOf(this.labelNames, args) ?? NO_LABELS;
    if (this.enableExemplars) return { inc: (value) => this.inc(labels as LabelValues<T>, value) };
    let child: CellChild | undefined;
    return {
      inc: (value?: number) => {
        if (child?.isPlain) {
          if (value === undefined) {
            child.cells[child.at + SCALAR_VALUE]! += 1;
            return;
          }
          if (typeof value === 'number' && value >= 0 && value <= Number.MAX_VALUE) {
            child.cells[child.at + SCALAR_VALUE]! += value;
            return;
          }
        }
        child = this.addSlowly(labels, value);
      },
    };
  }

  remove(...values: string[]): void;
  remove(labels: LabelValues<T>): void;
  remove(...args: unknown[]): void {
    this.removeLabels(args);
  }

  /** Removes all values. A counter without labels is 0 again. */
  override reset(): void {
    this.removeAll();
    if (this.labelNames.length === 0) this.children.lookUp(NO_LABELS);
  }

  protected override startRecording(name: string, defaults: Labels): Recording {
    const options = { description: this.help, advice: { limits: { seriesIdle: 0 } } };
    const exemplars = this.enableExemplars ? 'given' : 'sampled';
    const state = recorder.getMeter(SCOPE).createCounted(name, 'counter', options, exemplars);
    if (state.described.description !== this.help) state.describe(this.help);
    return new Recording(state, COUNTER, this, defaults);
  }

  override [LINES](context: TextContext): Iterable<string> {
    return numberLines(
      context.isOpenMetrics ? `${context.name}_total` : context.name,
      this.children.all(),
      context,
    );
  }

  private add(labels: Labels, value: unknown): void {
    const child = this.children.find(labels)?.child;
    if (child?.isPlain) {
      if (value === undefined) {
        child.cells[child.at + SCALAR_VALUE]! += 1;
        return;
      }
      if (typeof value === 'number' && value >= 0 && value <= Number.MAX_VALUE) {
        child.cells[child.at + SCALAR_VALUE]! += value;
        return;
      }
    }
    this.addSlowly(labels, value);
  }

  private addSlowly(labels: Labels, value: unknown): CellChild {
    validateLabel(this.labelNames, labels);
    const amount = amountOf(value);
    const { child } = this.children.lookUp(labels);
    this.attached(child);
    if (Number.isNaN(amount)) this.recorded?.detach(child);
    child.cells[child.at + SCALAR_VALUE]! += amount;
    const { series } = child;
    if (series !== undefined) {
      if (child.isShared) series.cells[series.at + SCALAR_VALUE]! += finite(amount);
      if (!this.enableExemplars) series.exemplars?.offer(0, amount, undefined);
    }
    return child;
  }

  private incWithExemplar(data: IncreaseDataWithExemplar<T> = {}): void {
    const { labels = NO_LABELS, value = 1, exemplarLabels } = data;
    const set = isObject(labels) ? (labels as Labels) : NO_LABELS;
    const child = this.addSlowly(set, isObject(labels) ? value : labels);
    if (exemplarLabels === undefined) return;
    child.exemplars ??= [];
    child.exemplars[0] ??= new Exemplar();
    child.exemplars[0].take(exemplarLabels, value ? value : 1);
    putExemplar(child, 0, child.exemplars[0]);
  }
}

/** The value as prom-client understands it. */
function amountOf(value: unknown): number {
  if (value && !Number.isFinite(value)) throw new TypeError(`Value is not a valid number: ${format(value)}`);
  if (Number(value) < 0) throw new Error('It is not possible to decrease a counter');
  return value === undefined || value === null ? 1 : Number(value);
}
