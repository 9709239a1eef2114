/**
 * A service with as many series as growth.ts asks for: `node growth-service.ts <library> <series>`. A tenth of them are
 * histograms of 15 buckets, the others counters; an instrument has at most 1,000. It sends its parent the URL to scrape.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { metrics } from '@opentelemetry/api';
import * as prometheusIo from '@prometheus-io/client';
import promClient from 'prom-client';

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const PER_INSTRUMENT = 1000;

const [, , library, series = '1000'] = process.argv;
const instruments = Math.ceil(Number(series) / PER_INSTRUMENT);
const attributes = Array.from({ length: Math.min(Number(series), PER_INSTRUMENT) }, (_, i) => ({
  method: i % 2 === 0 ? 'GET' : 'POST',
  route: `/organisations/:organisation/orders/${i}`,
}));

/** Histograms first: with one instrument there is only a histogram. */
function isHistogram(instrument: number): boolean {
  return instrument % 10 === 0;
}

function pitot(): string {
  const meter = metrics.getMeter('bench');
  for (let i = 0; i < instruments; i++) {
    if (isHistogram(i)) {
      const advice = { explicitBucketBoundaries: BOUNDS };
      const histogram = meter.createHistogram(`duration_${i}`, { description: 'h', advice });
      for (const each of attributes) histogram.record(0.3, each);
    } else {
      const counter = meter.createCounter(`requests_${i}`, { description: 'h' });
      for (const each of attributes) counter.add(1, each);
    }
  }
  return `http://127.0.0.1:${process.env.OTEL_EXPORTER_PROMETHEUS_PORT}/metrics`;
}

/** Both libraries have one API, with types of their own. */
function promLike({ Registry, Histogram, Counter }: typeof promClient): Promise<string> {
  const registry = new Registry();
  const options = { help: 'h', labelNames: Object.keys(attributes[0] ?? {}), registers: [registry] };
  for (let i = 0; i < instruments; i++) {
    if (isHistogram(i)) {
      const histogram = new Histogram({ ...options, name: `duration_${i}`, buckets: BOUNDS });
      for (const each of attributes) histogram.observe(each, 0.3);
    } else {
      const counter = new Counter({ ...options, name: `requests_${i}_total` });
      for (const each of attributes) counter.inc(each, 1);
    }
  }
  const server = createServer((_, response) => {
    void registry.metrics().then((body) => response.end(body));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
    });
  });
}

const url = await (library === 'pitot'
  ? pitot()
  : promLike(library === 'prom-client' ? promClient : (prometheusIo as unknown as typeof promClient)));
process.send?.(url);
// A service that does nothing else.
setInterval(() => {}, 60_000);
