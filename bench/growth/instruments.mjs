/*
 * What the services have in common. A process loads only the library that it measures. JavaScript, so that no process
 * has a compiler of types in its memory.
 */
import { createServer } from 'node:http';
import { metrics } from '@opentelemetry/api';

export const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** One series in so many is a histogram. */
const HISTOGRAMS = 10;

/** Whether it is one of the prom-clients, which have one API. */
export function isPromClient(library) {
  return library !== 'pitot' && library !== 'OpenTelemetry';
}

export async function promClientOf(library) {
  return (await import(library)).default;
}

/** A provider of OpenTelemetry's instruments, and the listener that serves them; pitot has an endpoint of its own. */
export async function openTelemetry(library) {
  if (library === 'pitot') return { provider: metrics.getMeterProvider() };
  const { PrometheusExporter } = await import('@opentelemetry/exporter-prometheus');
  const { MeterProvider } = await import('@opentelemetry/sdk-metrics');
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const listener = (request, response) => exporter.getMetricsRequestHandler(request, response);
  return { provider: new MeterProvider({ readers: [exporter] }), listener };
}

/**
 * Records so many series once: `requests` and `duration`, whose route 0 is a histogram.
 *
 * @returns the listener that serves them, if this library serves each process and thread by itself
 */
export async function recordSeries(library, series) {
  if (isPromClient(library)) {
    record(promInstruments(await promClientOf(library)), series);
    return undefined;
  }
  const { provider, listener } = await openTelemetry(library);
  record(meterInstruments(provider.getMeter('bench')), series);
  return listener;
}

function record({ count, observe }, series) {
  for (let i = 0; i < series; i++) {
    const labels = { method: 'GET', route: `/route/${i}`, status: '200' };
    if (i % HISTOGRAMS === 0) observe(labels);
    else count(labels);
  }
}

function meterInstruments(meter) {
  const counter = meter.createCounter('requests');
  const histogram = meter.createHistogram('duration', { advice: { explicitBucketBoundaries: BOUNDS } });
  return {
    count: (labels) => counter.add(1, labels),
    observe: (labels) => histogram.record(0.3, labels),
  };
}

function promInstruments({ Counter, Histogram }) {
  const labelNames = ['method', 'route', 'status'];
  const counter = new Counter({ name: 'requests', help: 'Requests', labelNames });
  const histogram = new Histogram({ name: 'duration', help: 'Duration', labelNames, buckets: BOUNDS });
  return {
    count: (labels) => counter.inc(labels),
    observe: (labels) => histogram.observe(labels, 0.3),
  };
}

/** Where pitot serves the metrics of the whole service. */
export const PITOT_URL = `http://127.0.0.1:${process.env.OTEL_EXPORTER_PROMETHEUS_PORT}/metrics`;

/** Serves on a port of its own, also within a cluster. @returns the URL */
export function serve(listener) {
  const server = createServer(listener);
  return new Promise((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
      resolve(`http://127.0.0.1:${server.address().port}/metrics`);
    });
  });
}

/** Answers with the text, or with a 500. */
export function answering(text) {
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
