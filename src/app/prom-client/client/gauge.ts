import { format } from 'node:util';
import { GAUGE_WRITES, SCALAR_VALUE } from '../../../model/protocol.ts';
import { recorder } from '../../record/global.ts';
import { mergeRuleOf } from '../merge-rule.ts';
import type { MetricConfiguration } from './base-metric.ts';
import { CellMetric } from './cell-metric.ts';
import { type CellChild, finite, GAUGE } from './cells.ts';
import type { Given } from './label-sets.ts';
import { isObject, type Labels, labelsOf, NO_LABELS, validateLabel } from './labels.ts';
import { numberLines, numbersOf } from './number-lines.ts';
import { LINES, type TextContext } from './own-metric.ts';
import { Recording } from './recording.ts';
import { SCOPE } from './scope.ts';
import { startTimer } from './timer.ts';
import type { CollectFunction, LabelValues, MetricObjectWithValues, MetricValue } from './types.ts';

/** Options of a gauge. */
export interface GaugeConfiguration<T extends string> extends MetricConfiguration<T> {
  collect?: CollectFunction<Gauge<T>>;
}

export declare namespace Gauge {
  interface Internal<T extends string> {
    /** Adds to the child. The default is 1. */
    inc(value?: number): void;
    /** Subtracts from the child. The default is 1. */
    dec(value?: number): void;
    set(value: number): void;
    /** Sets the child to seconds since the epoch. */
    setToCurrentTime(): void;
    /** Returns a function that sets the child to the seconds since the start, and returns them. */
    startTimer(): (labels?: LabelValues<T>) => number;
  }
}

/** A value that goes up and down, by labels. */
export class Gauge<T extends string = string> extends CellMetric<T> {
  protected readonly shape = GAUGE;

  constructor(configuration: GaugeConfiguration<T>) {
    super('gauge', configuration, {});
    this.reset();
    this.register();
  }

  /** Throws for a value that is not a number, and for unknown labels. (bench/record.ts) */
  set(labels: LabelValues<T>, value: number): void;
  set(value: number): void;
  set(first: LabelValues<T> | number, second?: number): void {
    const labels = isObject(first) ? (first as Labels) : NO_LABELS;
    const value = isObject(first) ? second : first;
    const given = this.children.find(labels);
    if (given?.child.isPlain && typeof value === 'number' && !Number.isNaN(value)) {
      write(given.child, value);
      given.child.given = given;
    } else {
      this.setSlowly(labels, value);
    }
  }

  /** Adds `value`, 1 by default. */
  inc(labels: LabelValues<T>, value?: number): void;
  inc(value?: number): void;
  inc(first?: LabelValues<T> | number, second?: number): void {
    if (isObject(first)) this.change(first as Labels, second, 1);
    else this.change(NO_LABELS, first, 1);
  }

  /** Subtracts `value`, 1 by default. */
  dec(labels: LabelValues<T>, value?: number): void;
  dec(value?: number): void;
  dec(first?: LabelValues<T> | number, second?: number): void {
    if (isObject(first)) this.change(first as Labels, second, -1);
    else this.change(NO_LABELS, first, -1);
  }

  /** Sets the gauge to seconds since the epoch. */
  setToCurrentTime(labels?: LabelValues<T>): void {
    const now = Date.now() / 1000;
    if (labels === undefined) this.set(now);
    else this.set(labels, now);
  }

  /** Returns a function that sets the gauge to the seconds since the start, and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number {
    return startTimer(labels, (all, seconds) => this.set(all, seconds));
  }

  async get(): Promise<MetricObjectWithValues<MetricValue<T>>> {
    return numbersOf(this, this.children.all());
  }

  /** The child with these labels: a faster way to record where they stay the same. */
  labels(...values: string[]): Gauge.Internal<T>;
  labels(labels: LabelValues<T>): Gauge.Internal<T>;
  labels(...args: unknown[]): Gauge.Internal<T> {
    const labels = labelsOf(this.labelNames, args);
    validateLabel(this.labelNames, labels);
    let given: Given<CellChild> | undefined;
    const change = (value: unknown, sign: 1 | -1) => {
      if (given?.child.isPlain && (value === undefined || isNumber(value))) {
        write(given.child, given.child.value + sign * (value ?? 1));
      } else {
        given = this.changeSlowly(labels, value, sign);
      }
    };
    const set = (value: number) => {
      if (given?.child.isPlain && isNumber(value)) {
        write(given.child, value);
        given.child.given = given;
      } else {
        given = this.setSlowly(labels, value);
      }
    };
    return {
      inc: (value?: number) => change(value, 1),
      dec: (value?: number) => change(value, -1),
      set,
      setToCurrentTime: () => set(Date.now() / 1000),
      startTimer: () => this.startTimer(labels as LabelValues<T>),
    };
  }

  remove(...values: string[]): void;
  remove(labels: LabelValues<T>): void;
  remove(...args: unknown[]): void {
    this.removeLabels(args);
  }

  /** Removes all values. A gauge without labels is 0 again. */
  override reset(): void {
    this.removeAll();
    if (this.labelNames.length === 0) this.children.lookUp(NO_LABELS);
  }

  /** The value of one set of labels, for tests; 0 for one that was never set. */
  _getValue(labels: LabelValues<T> = {}): number {
    return this.children.get(labels as Labels)?.value ?? 0;
  }

  protected override startRecording(name: string, defaults: Labels): Recording {
    const limits = { seriesIdle: 0, merge: mergeRuleOf(this.aggregator) };
    const state = recorder
      .getMeter(SCOPE)
      .createCounted(name, 'gauge', { description: this.help, advice: { limits } }, 'sampled');
    if (state.described.description !== this.help) state.describe(this.help);
    state.advise(limits);
    return new Recording(state, GAUGE, this, defaults);
  }

  override [LINES](context: TextContext): Iterable<string> {
    return numberLines(context.name, this.children.all(), context);
  }

  private change(labels: Labels, value: unknown, sign: 1 | -1): void {
    const child = this.children.find(labels)?.child;
    if (child?.isPlain && (value === undefined || isNumber(value))) {
      write(child, child.value + sign * (value ?? 1));
    } else {
      this.changeSlowly(labels, value, sign);
    }
  }

  private setSlowly(labels: Labels, value: unknown): Given<CellChild> {
    if (typeof value !== 'number') throw new TypeError(`Value is not a valid number: ${format(value)}`);
    const given = this.children.lookUp(labels);
    given.child.given = given;
    this.become(given.child, value);
    return given;
  }

  private changeSlowly(labels: Labels, value: unknown, sign: 1 | -1): Given<CellChild> {
    const amount = value === undefined ? 1 : value;
    // As in prom-client, the sign makes a number of whatever `dec` is given.
    const delta = sign === 1 ? amount : -(amount as number);
    if (typeof delta !== 'number') throw new TypeError(`Delta is not a valid number: ${format(delta)}`);
    const given = this.children.lookUp(labels);
    this.become(given.child, given.child.value + delta);
    return given;
  }

  private become(child: CellChild, value: number): void {
    const before = child.value;
    if (Number.isNaN(value)) this.recorded?.withdraw(child);
    write(child, value);
    const { series } = child;
    if (series === undefined) {
      this.attached(child);
    } else if (child.isShared) {
      series.cells[series.at + SCALAR_VALUE]! += finite(value) - finite(before);
      series.cells[series.at + GAUGE_WRITES]! += 1;
    }
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value);
}

function write({ cells, at }: CellChild, value: number): void {
  cells[at + SCALAR_VALUE] = value;
  cells[at + GAUGE_WRITES]! += 1;
}
