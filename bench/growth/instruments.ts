import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Attributes, type Meter, metrics, type MeterProvider as Provider } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import * as prometheusIo from '@prometheus-io/client';
import promClient from 'prom-client';
import { OPENTELEMETRY, PITOT, PROM_CLIENT } from './dimension.ts';

export const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** One series in so many is a histogram. */
const HISTOGRAMS = 10;

/** Either prom-client, whose types differ only in name. */
export type PromClient = typeof promClient;

export function promClientOf(library: string): PromClient {
  return library === PROM_CLIENT ? promClient : (prometheusIo as unknown as PromClient);
}

/** OpenTelemetry's instruments and where they are scraped; pitot's have an endpoint of their own. */
export function openTelemetry(library: string): {
  readonly provider: Provider;
  readonly listener?: RequestListener;
} {
  if (library === PITOT) return { provider: metrics.getMeterProvider() };
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const listener: RequestListener = (request, response) =>
    exporter.getMetricsRequestHandler(request, response);
  return { provider: new MeterProvider({ readers: [exporter] }), listener };
}

/** Records so many series once: `requests` and `duration`, whose route 0 is a histogram. */
export function recordSeries(library: string, series: number): { readonly listener?: RequestListener } {
  const isOpenTelemetry = library === PITOT || library === OPENTELEMETRY;
  const { provider, listener } = isOpenTelemetry ? openTelemetry(library) : { provider: undefined };
  const { count, observe } =
    provider === undefined
      ? promInstruments(promClientOf(library))
      : meterInstruments(provider.getMeter('bench'));
  for (let i = 0; i < series; i++) {
    const labels = { method: 'GET', route: `/route/${i}`, status: '200' };
    if (i % HISTOGRAMS === 0) observe(labels);
    else count(labels);
  }
  return listener === undefined ? {} : { listener };
}

function meterInstruments(meter: Meter) {
  const counter = meter.createCounter('requests');
  const histogram = meter.createHistogram('duration', { advice: { explicitBucketBoundaries: BOUNDS } });
  return {
    count: (labels: Attributes) => counter.add(1, labels),
    observe: (labels: Attributes) => histogram.record(0.3, labels),
  };
}

function promInstruments({ Counter, Histogram }: PromClient) {
  const labelNames = ['method', 'route', 'status'];
  const counter = new Counter({ name: 'requests', help: 'Requests', labelNames });
  const histogram = new Histogram({ name: 'duration', help: 'Duration', labelNames, buckets: BOUNDS });
  return {
    count: (labels: Record<string, string>) => counter.inc(labels),
    observe: (labels: Record<string, string>) => histogram.observe(labels, 0.3),
  };
}

/** Where pitot serves the metrics of the whole service. */
export const PITOT_URL = `http://127.0.0.1:${process.env.OTEL_EXPORTER_PROMETHEUS_PORT}/metrics`;

/** Serves on a port of its own, also within a cluster. @returns the URL */
export function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  return new Promise((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
    });
  });
}

/** Answers with the text, or with a 500. */
export function answering(text: () => Promise<string>): RequestListener {
  return (_, response) => {
    void text().then(
      (body) => response.end(body),
      () => {
        response.statusCode = 500;
        response.end();
      },
    );
  };
}
