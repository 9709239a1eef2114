import type { Attributes, HrTime } from '@opentelemetry/api';
import type { DataPoint, ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import { isEarlier } from '../base/hr-time.ts';
import { latest, type WithExemplars } from './exemplars.ts';
import { addHistograms } from './explicit-histogram.ts';
import { addExponentialHistograms } from './exponential-histogram.ts';
import { type GaugeRule, OBSERVED_RULE } from './gauge-rules.ts';
import type { Kind } from './metric-key.ts';

type Result = Pick<DataPoint<unknown>, 'startTime' | 'value'> & WithExemplars;

/** Merges the points of one series. Does not copy the first point. */
export interface Accumulator {
  begin(): void;
  add(point: DataPoint<unknown>): void;
  /** Call it only after a point was added. */
  result(): Result;
}

export function accumulatorOf(kind: Kind, rule: GaugeRule | undefined): Accumulator {
  switch (kind) {
    case 'counter':
    case 'upDownCounter':
      return new Folding<number>((a, b) => a + b);
    case 'histogram':
      if (rule === OBSERVED_RULE) return new Fullest();
      return new Folding<Histogram>(addHistograms, ({ buckets }) => buckets.boundaries);
    case 'exponentialHistogram':
      return new Folding<ExponentialHistogram>(addExponentialHistograms);
    case 'gauge':
      if (rule === 'mean') return new Mean();
      return rule === undefined || rule === 'last' ? new Last() : new Folding<number>(GAUGE_FOLDS[rule]);
  }
}

const GAUGE_FOLDS = { sum: (a: number, b: number) => a + b, max: Math.max, min: Math.min };

/** The merged series starts with the earliest of its sources. */
class Folding<T> implements Accumulator {
  private readonly fold: (a: T, b: T) => T;
  private readonly boundariesOf: (value: T) => number[] | undefined;
  private value: T | undefined;
  private startTime: HrTime = [0, 0];
  private exemplars: WithExemplars = {};

  /** @param boundariesOf returns the boundaries of the buckets in which a value is counted */
  constructor(fold: (a: T, b: T) => T, boundariesOf: (value: T) => number[] | undefined = () => undefined) {
    this.fold = fold;
    this.boundariesOf = boundariesOf;
  }

  begin(): void {
    this.value = undefined;
  }

  add(point: DataPoint<unknown> & WithExemplars): void {
    // Each accumulator receives only points of the metric kind for which it was created.
    const value = point.value as T;
    if (this.value === undefined) {
      this.value = value;
      this.startTime = point.startTime;
      this.exemplars = point.exemplars === undefined ? {} : { exemplars: point.exemplars };
      return;
    }
    this.value = this.fold(this.value, value);
    if (isEarlier(point.startTime, this.startTime)) this.startTime = point.startTime;
    this.exemplars = latest(this.exemplars, point, this.boundariesOf(this.value));
  }

  result(): Result {
    return { startTime: this.startTime, value: this.value, ...this.exemplars };
  }
}

/** The histogram with the most values, with its own start. */
class Fullest implements Accumulator {
  private best: DataPoint<Histogram> | undefined;

  begin(): void {
    this.best = undefined;
  }

  add(point: DataPoint<unknown>): void {
    // The accumulator receives only points of histograms.
    const given = point as DataPoint<Histogram>;
    if (this.best === undefined || given.value.count > this.best.value.count) this.best = given;
  }

  result(): Result {
    return { startTime: this.best?.startTime ?? [0, 0], value: this.best?.value };
  }
}

class Mean implements Accumulator {
  private readonly sum = new Folding<number>(GAUGE_FOLDS.sum);
  private count = 0;

  begin(): void {
    this.sum.begin();
    this.count = 0;
  }

  add(point: DataPoint<unknown>): void {
    this.sum.add(point);
    this.count++;
  }

  result(): Result {
    const { startTime, value } = this.sum.result();
    return { startTime, value: Number(value) / this.count };
  }
}

/**
 * The value that changed last. No point records when a gauge was written, so the first collection that showed
 * a value stands for that time. If several values were first seen together, the greatest counts.
 */
class Last implements Accumulator {
  private readonly seen = new WeakMap<Attributes, { readonly value: unknown; readonly time: HrTime }>();
  private best: (Result & { readonly time: HrTime }) | undefined;

  begin(): void {
    this.best = undefined;
  }

  add({ attributes, value, startTime, endTime }: DataPoint<unknown>): void {
    let seen = this.seen.get(attributes);
    if (seen === undefined || seen.value !== value) {
      seen = { value, time: endTime };
      this.seen.set(attributes, seen);
    }
    const { time } = seen;
    const { best } = this;
    const isLater =
      best === undefined ||
      isEarlier(best.time, time) ||
      (!isEarlier(time, best.time) && Number(value) > Number(best.value));
    if (isLater) this.best = { value, startTime, time };
  }

  result(): Result {
    return { startTime: this.best?.startTime ?? [0, 0], value: this.best?.value };
  }
}
