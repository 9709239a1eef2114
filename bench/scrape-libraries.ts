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

/** A service that has recorded everything once. */
interface Service {
  /** To scrape. */
  readonly url: string;
  /** Records into every series once more, so that all of them have other values. */
  readonly record: () => void;
}

/** Sets a library up as usual. */
export type Library = () => Promise<Service>;

export const libraries: Readonly<Record<string, Library>> = {
  /** Like `node --import pitot/instrumentation`. The door has already booted pitot, and a second boot does nothing. */
  pitot: async () => {
    const record = recordByOpenTelemetry(metrics.getMeterProvider());
    const endpoint = await boot().ready();
    if (endpoint === undefined) throw new Error('pitot has no endpoint');
    return { url: endpoint.url, record };
  },
  /** On the application's own server, without a port of pitot's. */
  'pitot, own route': async () => {
    const record = recordByOpenTelemetry(metrics.getMeterProvider());
    await boot().ready();
    return { url: await serve(metricsHandler()), record };
  },
  'prom-client': () => servePromClient(promClient),
  // Its types differ from prom-client's in what is not used here.
  '@prometheus-io/client': () => servePromClient(prometheusIo as unknown as typeof promClient),
  '@opentelemetry/exporter-prometheus': async () => {
    const exporter = new PrometheusExporter({ preventServerStart: true });
    const record = recordByOpenTelemetry(new MeterProvider({ readers: [exporter] }));
    const url = await serve((request, response) => exporter.getMetricsRequestHandler(request, response));
    return { url, record };
  },
};

function recordByOpenTelemetry(provider: ApiMeterProvider): () => void {
  const meter = provider.getMeter('bench');
  const advice = { explicitBucketBoundaries: BOUNDS };
  const histograms = Array.from({ length: HISTOGRAMS }, (_, i) =>
    meter.createHistogram(`duration_${i}`, { description: 'h', advice }),
  );
  const counters = Array.from({ length: COUNTERS }, (_, i) =>
    meter.createCounter(`requests_${i}`, { description: 'h' }),
  );
  return recorded(
    (instrument, value, labels) => histograms[instrument]?.record(value, labels),
    (instrument, value, labels) => counters[instrument]?.add(value, labels),
  );
}

/** prom-client and its successor have one API. */
async function servePromClient({ Registry, Counter, Histogram }: typeof promClient): Promise<Service> {
  const registry = new Registry();
  const options = { help: 'h', labelNames: Object.keys(SERIES[0] ?? {}), registers: [registry] };
  const histograms = Array.from(
    { length: HISTOGRAMS },
    (_, i) => new Histogram({ ...options, name: `duration_${i}`, buckets: BOUNDS }),
  );
  const counters = Array.from(
    { length: COUNTERS },
    (_, i) => new Counter({ ...options, name: `requests_${i}_total` }),
  );
  const record = recorded(
    (instrument, value, labels) => histograms[instrument]?.observe(labels, value),
    (instrument, value, labels) => counters[instrument]?.inc(labels, value),
  );
  const url = await serve((_, response) => {
    void registry.metrics().then((body) => {
      response.setHeader('content-type', registry.contentType);
      response.end(body);
    });
  });
  return { url, record };
}

type Recording = (instrument: number, value: number, labels: Record<string, string>) => void;

/** Records all durations and counts, and returns a function that records one of each. */
function recorded(observe: Recording, count: Recording): () => void {
  for (let i = 0; i < HISTOGRAMS; i++) {
    for (const labels of SERIES) for (const value of DURATIONS) observe(i, value, labels);
  }
  for (let i = 0; i < COUNTERS; i++) SERIES.forEach((labels, value) => void count(i, value, labels));
  return () => {
    for (let i = 0; i < HISTOGRAMS; i++) for (const labels of SERIES) observe(i, 0.3, labels);
    for (let i = 0; i < COUNTERS; i++) for (const labels of SERIES) count(i, 1, labels);
  };
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
