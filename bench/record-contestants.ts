import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { AggregationType, MeterProvider } from '@opentelemetry/sdk-metrics';
import * as prometheusIo from '@prometheus-io/client';
import promClient from 'prom-client';
import { Recorder } from '../src/app/record/recorder.ts';
import * as pitotClient from '../src/prom-client.ts';
import type { Operation } from './rounds.ts';

/**
 * The same operations for each library, as far as it has them. All write their loops out, with a fresh object literal in
 * each, because a loop that is shared would call every library through one slow, megamorphic call site.
 */
export interface Contestant {
  readonly name: string;
  /** The npm package whose version the results show, unless it is this package. */
  readonly peer: string | undefined;
  readonly counter: Operation;
  readonly boundCounter: Operation | undefined;
  readonly histogram: Operation;
  readonly boundHistogram: Operation | undefined;
  readonly exponential: Operation | undefined;
  readonly boundExponential: Operation | undefined;
}

const ROUTES = Array.from({ length: 50 }, (_, i) => `/orders/${i}/items/:item`);
const STATUSES = ['200', '404', '500'];
/** Every route with every status: 150 series. 50 and 3 have no common factor, so both simply count on. */
const SERIES = Array.from({ length: ROUTES.length * STATUSES.length }, (_, i) => labels(i));

/** 15 buckets, the last of them without a bound. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Durations spread evenly over the buckets, in an order that cannot be predicted. */
const DURATIONS = Float64Array.from({ length: 1024 }, (_, i) => 0.002 * 10 ** (((i * 389) % 1024) / 256));

function labels(i: number): { method: string; route: string; status: string } {
  return { method: 'GET', route: ROUTES[i % 50]!, status: STATUSES[i % 3]! };
}

export const contestants: readonly Contestant[] = [
  pitot(),
  pitotPromClient(),
  promClient15(),
  prometheusIoClient(),
  stockSdk(),
];

function pitot(): Contestant {
  const meter = new Recorder().getMeter('bench');
  const counter = meter.createCounter('requests');
  const histogram = meter.createHistogram('duration', { advice: { explicitBucketBoundaries: BOUNDS } });
  const exponential = meter.createHistogram('latency', { advice: { exponential: true } });
  const boundCounters = SERIES.map((series) => counter.bind(series));
  const boundHistograms = SERIES.map((series) => histogram.bind(series));
  const boundExponentials = SERIES.map((series) => exponential.bind(series));
  return {
    name: 'pitot',
    peer: undefined,
    counter: (times) => {
      for (let i = 0; i < times; i++) {
        counter.add(1, { method: 'GET', route: ROUTES[i % 50]!, status: STATUSES[i % 3]! });
      }
    },
    boundCounter: (times) => {
      for (let i = 0; i < times; i++) boundCounters[i % 150]!.add(1);
    },
    histogram: (times) => {
      for (let i = 0; i < times; i++) {
        histogram.record(DURATIONS[i & 1023]!, {
          method: 'GET',
          route: ROUTES[i % 50]!,
          status: STATUSES[i % 3]!,
        });
      }
    },
    boundHistogram: (times) => {
      for (let i = 0; i < times; i++) boundHistograms[i % 150]!.record(DURATIONS[i & 1023]!);
    },
    exponential: (times) => {
      for (let i = 0; i < times; i++) {
        exponential.record(DURATIONS[i & 1023]!, {
          method: 'GET',
          route: ROUTES[i % 50]!,
          status: STATUSES[i % 3]!,
        });
      }
    },
    boundExponential: (times) => {
      for (let i = 0; i < times; i++) boundExponentials[i % 150]!.record(DURATIONS[i & 1023]!);
    },
  };
}

function pitotPromClient(): Contestant {
  const options = {
    help: 'h',
    labelNames: ['method', 'route', 'status'],
    registers: [new pitotClient.Registry()],
  };
  const counter = new pitotClient.Counter({ name: 'requests', ...options });
  const histogram = new pitotClient.Histogram({ name: 'duration', buckets: BOUNDS, ...options });
  const boundCounters = SERIES.map((series) => counter.labels(series));
  const boundHistograms = SERIES.map((series) => histogram.labels(series));
  return {
    name: 'pitot/prom-client',
    peer: undefined,
    counter: (times) => {
      for (let i = 0; i < times; i++) {
        counter.inc({ method: 'GET', route: ROUTES[i % 50]!, status: STATUSES[i % 3]! }, 1);
      }
    },
    boundCounter: (times) => {
      for (let i = 0; i < times; i++) boundCounters[i % 150]!.inc(1);
    },
    histogram: (times) => {
      for (let i = 0; i < times; i++) {
        histogram.observe(
          { method: 'GET', route: ROUTES[i % 50]!, status: STATUSES[i % 3]! },
          DURATIONS[i & 1023]!,
        );
      }
    },
    boundHistogram: (times) => {
      for (let i = 0; i < times; i++) boundHistograms[i % 150]!.observe(DURATIONS[i & 1023]!);
    },
    exponential: undefined,
    boundExponential: undefined,
  };
}

function promClient15(): Contestant {
  const options = {
    help: 'h',
    labelNames: ['method', 'route', 'status'],
    registers: [new promClient.Registry()],
  };
  const counter = new promClient.Counter({ name: 'requests', ...options });
  const histogram = new promClient.Histogram({ name: 'duration', buckets: BOUNDS, ...options });
  const boundCounters = SERIES.map((series) => counter.labels(series));
  const boundHistograms = SERIES.map((series) => histogram.labels(series));
  return {
    name: 'prom-client',
    peer: 'prom-client',
    counter: (times) => {
      for (let i = 0; i < times; i++) {
        counter.inc({ method: 'GET', route: ROUTES[i % 50]!, status: STATUSES[i % 3]! }, 1);
      }
    },
    boundCounter: (times) => {
      for (let i = 0; i < times; i++) boundCounters[i % 150]!.inc(1);
    },
    histogram: (times) => {
      for (let i = 0; i < times; i++) {
        histogram.observe(
          { method: 'GET', route: ROUTES[i % 50]!, status: STATUSES[i % 3]! },
          DURATIONS[i & 1023]!,
        );
      }
    },
    boundHistogram: (times) => {
      for (let i = 0; i < times; i++) boundHistograms[i % 150]!.observe(DURATIONS[i & 1023]!);
    },
    exponential: undefined,
    boundExponential: undefined,
  };
}

function prometheusIoClient(): Contestant {
  const options = {
    help: 'h',
    labelNames: ['method', 'route', 'status'],
    registers: [new prometheusIo.Registry()],
  };
  const counter = new prometheusIo.Counter({ name: 'requests', ...options });
  const histogram = new prometheusIo.Histogram({ name: 'duration', buckets: BOUNDS, ...options });
  const boundCounters = SERIES.map((series) => counter.labels(series));
  const boundHistograms = SERIES.map((series) => histogram.labels(series));
  return {
    name: '@prometheus-io/client',
    peer: '@prometheus-io/client',
    counter: (times) => {
      for (let i = 0; i < times; i++) {
        counter.inc({ method: 'GET', route: ROUTES[i % 50]!, status: STATUSES[i % 3]! }, 1);
      }
    },
    boundCounter: (times) => {
      for (let i = 0; i < times; i++) boundCounters[i % 150]!.inc(1);
    },
    histogram: (times) => {
      for (let i = 0; i < times; i++) {
        histogram.observe(
          { method: 'GET', route: ROUTES[i % 50]!, status: STATUSES[i % 3]! },
          DURATIONS[i & 1023]!,
        );
      }
    },
    boundHistogram: (times) => {
      for (let i = 0; i < times; i++) boundHistograms[i % 150]!.observe(DURATIONS[i & 1023]!);
    },
    exponential: undefined,
    boundExponential: undefined,
  };
}

/** OpenTelemetry's own SDK. Without a reader it would record nothing. It has no bound instruments. */
function stockSdk(): Contestant {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
  const views = [{ instrumentName: 'latency', aggregation }];
  const meter = new MeterProvider({ readers: [reader], views }).getMeter('bench');
  const counter = meter.createCounter('requests');
  const histogram = meter.createHistogram('duration', { advice: { explicitBucketBoundaries: BOUNDS } });
  const exponential = meter.createHistogram('latency');
  return {
    name: 'OpenTelemetry SDK',
    peer: '@opentelemetry/sdk-metrics',
    counter: (times) => {
      for (let i = 0; i < times; i++) {
        counter.add(1, { method: 'GET', route: ROUTES[i % 50]!, status: STATUSES[i % 3]! });
      }
    },
    boundCounter: undefined,
    histogram: (times) => {
      for (let i = 0; i < times; i++) {
        histogram.record(DURATIONS[i & 1023]!, {
          method: 'GET',
          route: ROUTES[i % 50]!,
          status: STATUSES[i % 3]!,
        });
      }
    },
    boundHistogram: undefined,
    exponential: (times) => {
      for (let i = 0; i < times; i++) {
        exponential.record(DURATIONS[i & 1023]!, {
          method: 'GET',
          route: ROUTES[i % 50]!,
          status: STATUSES[i % 3]!,
        });
      }
    },
    boundExponential: undefined,
  };
}
