import type { Attributes, HrTime } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { DataPoint, MetricData } from '@opentelemetry/sdk-metrics';
import { metricOptions } from '../../contract/metric-options.ts';
import { headOf, type MetricHead } from '../collect/metric-head.ts';
import type { HostMetric } from './host-metric.ts';
import { HOST_METRICS, type HostMetricName } from './metrics.ts';

/** pitot forgets a missing series (a network interface, a disk) after this time. */
const FORGET_AFTER_MS = 600_000;

const KINDS = {
  counter: 'observableCounter',
  upDownCounter: 'observableUpDownCounter',
  gauge: 'observableGauge',
} as const satisfies Record<HostMetric['kind'], string>;

interface Series {
  /** One object for the lifetime of the series. */
  readonly attributes: Attributes;
  startTime: HrTime;
  value: number;
  /** Its last observation: the time in milliseconds since the epoch, and the number of the collection. */
  seenAt: number;
  seenIn: number;
}

/**
 * The series that exist: those observed in a collection, and no others. Between collections pitot remembers
 * each start time, so that it can tell a counter that fell from one that went on.
 */
export class HostSeries {
  private readonly heads = headsOf(HOST_METRICS);
  private readonly metrics = new Map<HostMetricName, Map<string, Series>>();
  private readonly processStart: HrTime;
  private readonly systemStart: HrTime;
  private now = 0;
  private collection = 0;

  /** @param processStart, systemStart the start times of the counters, in milliseconds since the epoch */
  constructor({ processStart, systemStart }: { processStart: number; systemStart: number }) {
    this.processStart = millisToHrTime(processStart);
    this.systemStart = millisToHrTime(systemStart);
  }

  /** Begins a collection. It contains everything observed from now on. `now` is in milliseconds since the epoch. */
  begin(now: number): void {
    this.now = now;
    this.collection++;
  }

  observe(name: HostMetricName, value: number, attributes: Attributes): void {
    if (!Number.isFinite(value)) return;
    let all = this.metrics.get(name);
    if (all === undefined) {
      all = new Map();
      this.metrics.set(name, all);
    }
    const key = JSON.stringify(Object.entries(attributes));
    const series = all.get(key);
    if (series === undefined) {
      const startTime = name.startsWith('process.') ? this.processStart : this.systemStart;
      all.set(key, { attributes, startTime, value, seenAt: this.now, seenIn: this.collection });
      return;
    }
    if (value < series.value && HOST_METRICS[name].kind === 'counter') {
      series.startTime = millisToHrTime(series.seenAt);
    }
    series.value = value;
    series.seenAt = this.now;
    series.seenIn = this.collection;
  }

  /** Ends the collection. Returns its metrics in the order of their list. */
  end(): MetricData[] {
    const endTime = millisToHrTime(this.now);
    return this.heads.flatMap(([name, head]) => {
      const dataPoints = this.points(name, endTime);
      // The head says that these are points of numbers.
      return dataPoints.length === 0 ? [] : [{ ...head, dataPoints } as MetricData];
    });
  }

  private points(name: HostMetricName, endTime: HrTime): DataPoint<number>[] {
    const points: DataPoint<number>[] = [];
    const all = this.metrics.get(name);
    for (const [key, { seenIn, seenAt, startTime, attributes, value }] of all ?? []) {
      if (seenIn === this.collection) points.push({ startTime, endTime, attributes, value });
      else if (this.now - seenAt > FORGET_AFTER_MS) all?.delete(key);
    }
    return points;
  }
}

function headsOf(metrics: Readonly<Record<HostMetricName, HostMetric>>): [HostMetricName, MetricHead][] {
  return Object.entries(metrics).map(([name, metric]) => [
    name as HostMetricName,
    headOf(KINDS[metric.kind], name, metricOptions(metric)),
  ]);
}
