import assert from 'node:assert/strict';
import { type Attributes, metrics } from '@opentelemetry/api';
import {
  type DataPoint,
  DataPointType,
  MeterProvider,
  type MetricData,
  MetricReader,
} from '@opentelemetry/sdk-metrics';

/** One collection of the stock SDK: the instruments as registered and the numbers recorded on them. */
export interface Collected {
  readonly scopes: readonly { readonly name: string; readonly version?: string | undefined }[];
  metric(name: string): MetricData;
  /** The sum of each series, or the value of a gauge, by attributes; [] when nothing was recorded. */
  sums(name: string): [Attributes, number][];
  /** How many values each series of a histogram has. */
  counts(name: string): [Attributes, number][];
  /** The boundaries of a histogram with a single series. */
  boundaries(name: string): number[];
  /** The count and sum of each series of a histogram. */
  histograms(name: string): [Attributes, { count: number; sum: number | undefined }][];
}

class OnDemandReader extends MetricReader {
  protected override async onForceFlush() {}
  protected override async onShutdown() {}
}

/** Makes the stock SDK's provider the process' global one; the returned function collects from it. */
export function registerStockProvider(): () => Promise<Collected> {
  metrics.disable();
  const reader = new OnDemandReader();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  return async () => {
    const { resourceMetrics, errors } = await reader.collect();
    assert.deepEqual(errors, []);
    const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const points = (name: string): DataPoint<unknown>[] =>
      all
        .filter((metric) => metric.descriptor.name === name)
        .flatMap((metric): DataPoint<unknown>[] => metric.dataPoints);
    return {
      scopes: resourceMetrics.scopeMetrics.map(({ scope }) => scope),
      metric: (name) => {
        const found = all.filter((metric) => metric.descriptor.name === name);
        assert.equal(found.length, 1, `one metric ${name}, not ${found.length}`);
        assert.ok(found[0]);
        return found[0];
      },
      sums: (name) => points(name).map(({ attributes, value }) => [attributes, Number(value)]),
      counts: (name) =>
        points(name).map(({ attributes, value }) => {
          assert.ok(typeof value === 'object' && value !== null && 'count' in value);
          return [attributes, Number(value.count)];
        }),
      boundaries: (name) => {
        const [only] = all.filter((metric) => metric.descriptor.name === name);
        assert.ok(only?.dataPointType === DataPointType.HISTOGRAM && only.dataPoints[0]);
        return only.dataPoints[0].value.buckets.boundaries;
      },
      histograms: (name) =>
        points(name).map(({ attributes, value }) => {
          assert.ok(typeof value === 'object' && value !== null && 'count' in value && 'sum' in value);
          return [attributes, { count: Number(value.count), sum: Number(value.sum) }];
        }),
    };
  };
}
