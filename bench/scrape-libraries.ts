import { createServer, type RequestListener } from 'node:http';
import { type MeterProvider as ApiMeterProvider, metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import * as prometheusIo from '@prometheus-io/client';
import promClient from 'prom-client';
import { boot } from '../src/app/boot.ts';
import { metricsHandler } from '../src/app/route/metrics-handler.ts';

/**
 * A service with 10,000 histograms of 15 buckets and 50,000 counters: instruments of 1,000 series each, which is
 * within the default limits of pitot and the OpenTelemetry SDK.
 */
const HISTOGRAMS = 10;
const COUNTERS = 50;
const SERIES = Array.from({ length: 1000 }, (_, i) => ({
  method: i % 2 === 0 ? 'GET' : 'POST',
  route: `/organisations/:organisation/orders/${i}`,
  status: i % 3 === 0 ? '200' : '404',
}));
/** The last bucket has no bound. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Durations spread over all buckets. */
const DURATIONS = Array.from({ length: 20 }, (_, i) => 0.002 * 10 ** (i / 5));

/** A library in its usual set-up: records everything, and resolves with the URL to scrape. */
export type Library = () => Promise<string>;

export const libraries: Readonly<Record<string, Library>> = {
  /** Like `node --import pitot/instrumentation`. The door has already booted pitot, and a second boot does nothing. */
  pitot: async () => {
    recordByOpenTelemetry(metrics.getMeterProvider());
    const endpoint = await boot().ready();
    if (endpoint === undefined) throw new Error('pitot has no endpoint');
    return endpoint.url;
  },
  /** On the application's own server, without a port of pitot's. */
  'pitot, own route': async () => {
    recordByOpenTelemetry(metrics.getMeterProvider());
    await boot().ready();
    return serve(metricsHandler());
  },
  'prom-client': () => {
    const registry = new promClient.Registry();
    const options = { help: 'h', labelNames: Object.keys(SERIES[0] ?? {}), registers: [registry] };
    for (let i = 0; i < HISTOGRAMS; i++) {
      const histogram = new promClient.Histogram({ ...options, name: `duration_${i}`, buckets: BOUNDS });
      for (const labels of SERIES) for (const value of DURATIONS) histogram.observe(labels, value);
    }
    for (let i = 0; i < COUNTERS; i++) {
      const counter = new promClient.Counter({ ...options, name: `requests_${i}_total` });
      SERIES.forEach((labels, value) => {
        counter.inc(labels, value);
      });
    }
    return serve((_, response) => {
      void registry.metrics().then((body) => {
        response.setHeader('content-type', registry.contentType);
        response.end(body);
      });
    });
  },
  '@prometheus-io/client': () => {
    const registry = new prometheusIo.Registry();
    const options = { help: 'h', labelNames: Object.keys(SERIES[0] ?? {}), registers: [registry] };
    for (let i = 0; i < HISTOGRAMS; i++) {
      const histogram = new prometheusIo.Histogram({ ...options, name: `duration_${i}`, buckets: BOUNDS });
      for (const labels of SERIES) for (const value of DURATIONS) histogram.observe(labels, value);
    }
    for (let i = 0; i < COUNTERS; i++) {
      const counter = new prometheusIo.Counter({ ...options, name: `requests_${i}_total` });
      SERIES.forEach((labels, value) => {
        counter.inc(labels, value);
      });
    }
    return serve((_, response) => {
      void registry.metrics().then((body) => {
        response.setHeader('content-type', registry.contentType);
        response.end(body);
      });
    });
  },
  '@opentelemetry/exporter-prometheus': () => {
    const exporter = new PrometheusExporter({ preventServerStart: true });
    recordByOpenTelemetry(new MeterProvider({ readers: [exporter] }));
    return serve((request, response) => exporter.getMetricsRequestHandler(request, response));
  },
};

function recordByOpenTelemetry(provider: ApiMeterProvider): void {
  const meter = provider.getMeter('bench');
  const advice = { explicitBucketBoundaries: BOUNDS };
  for (let i = 0; i < HISTOGRAMS; i++) {
    const histogram = meter.createHistogram(`duration_${i}`, { description: 'h', advice });
    for (const labels of SERIES) for (const value of DURATIONS) histogram.record(value, labels);
  }
  for (let i = 0; i < COUNTERS; i++) {
    const counter = meter.createCounter(`requests_${i}`, { description: 'h' });
    SERIES.forEach((labels, value) => {
      counter.add(value, labels);
    });
  }
}

function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('the server has no port');
      resolve(`http://127.0.0.1:${address.port}/metrics`);
    });
  });
}
