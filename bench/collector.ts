/** The cost of one Collector for the metrics of many services, by each exporter of otel-collector/. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { type Collector, type CollectorOptions, startCollector } from '../test/harness/collector.ts';
import { parseExposition } from '../test/harness/exposition.ts';
import { value } from '../test/harness/samples.ts';
import { table, writeResults } from './results.ts';

const SERVICES = [50, 200];
/** Of each service; every tenth is a histogram of 15 buckets. */
const POINTS = 500;
/** How often each service sends, in milliseconds. */
const INTERVAL = 5000;
/** How many times each service sends while the Collector is measured, during which it is scraped once. */
const MEASURED = 3;

interface Way {
  readonly name: string;
  readonly options: (sink: string) => CollectorOptions;
  readonly isScraped: boolean;
}

const WAYS: readonly Way[] = [
  { name: 'scraped (config.yaml)', options: () => ({}), isScraped: true },
  {
    name: 'remote write (remote-write.yaml)',
    options: (sink) => ({ overlay: 'remote-write', env: { REMOTE_WRITE_ENDPOINT: sink } }),
    isScraped: false,
  },
  {
    name: 'OTLP, queue on disk (otlp.yaml)',
    options: (sink) => ({ overlay: 'otlp', env: { OTLP_METRICS_ENDPOINT: sink } }),
    isScraped: false,
  },
];

/** A server that accepts any request. */
async function startSink(taken: (body: Buffer) => void): Promise<{ server: Server; url: string }> {
  const server = createServer(async (request, response) => {
    taken(await buffer(request));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the sink listens on no port');
  return { server, url: `http://127.0.0.1:${address.port}/` };
}

/** The request of each service, as the official exporter sends it. */
async function payloads(services: number): Promise<Buffer[]> {
  const bodies: Buffer[] = [];
  const { server, url } = await startSink((body) => bodies.push(body));
  for (let service = 0; service < services; service++) {
    const exporter = new OTLPMetricExporter({ url });
    const provider = new MeterProvider({
      resource: resourceFromAttributes({
        'service.name': `service-${service}`,
        'service.instance.id': String(service),
      }),
      readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    });
    const meter = provider.getMeter('bench');
    const [counter, histogram] = [meter.createCounter('requests'), meter.createHistogram('duration')];
    for (let point = 0; point < POINTS; point++) {
      const attributes = { route: `/route/${point}`, method: 'GET' };
      if (point % 10 === 0) histogram.record(point, attributes);
      else counter.add(point, attributes);
    }
    await provider.shutdown();
  }
  server.close();
  return bodies;
}

/** Each service sends so many times, all spread evenly over the interval. */
async function send(collector: Collector, bodies: readonly Buffer[], times: number): Promise<void> {
  const start = performance.now();
  const sent: Promise<void>[] = [];
  for (let i = 0; i < bodies.length * times; i++) {
    await pause(Math.max(0, start + (i * INTERVAL) / bodies.length - performance.now()));
    const request = fetch(`http://${collector.otlpHttp}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(bodies[i % bodies.length] ?? []),
    });
    sent.push(
      request.then(async (response) => {
        await response.arrayBuffer();
        if (response.status !== 200) throw new Error(`the Collector answered ${response.status}`);
      }),
    );
  }
  await Promise.all(sent);
}

async function scrape({ exporter }: Collector): Promise<void> {
  await (await fetch(`http://${exporter}/metrics`)).arrayBuffer();
}

async function consumption({ telemetry }: Collector): Promise<{ cpu: number; memory: number }> {
  const { samples } = parseExposition(await (await fetch(`http://${telemetry}/metrics`)).text());
  return {
    cpu: value(samples, 'otelcol_process_cpu_seconds'),
    memory: value(samples, 'otelcol_process_memory_rss'),
  };
}

/** Runs a Collector of its own; the share of a core that it takes, and its memory at the end. */
async function measure(way: Way, bodies: readonly Buffer[]): Promise<[cpu: string, memory: string]> {
  const ends: (() => void | Promise<void>)[] = [];
  const { server, url } = await startSink(() => {});
  try {
    const collector = await startCollector({ after: (end) => void ends.push(end) }, way.options(url));
    await send(collector, bodies, 1);
    const [before, start] = [await consumption(collector), performance.now()];
    await Promise.all([send(collector, bodies, MEASURED), way.isScraped && scrape(collector)]);
    const after = await consumption(collector);
    const seconds = (performance.now() - start) / 1000;
    return [
      `${((100 * (after.cpu - before.cpu)) / seconds).toFixed(0)} %`,
      (after.memory / 2 ** 20).toFixed(0),
    ];
  } finally {
    for (const end of ends.reverse()) await end();
    server.close();
  }
}

const rows = WAYS.map(({ name }) => [name]);
for (const services of SERVICES) {
  const bodies = await payloads(services);
  for (const [i, way] of WAYS.entries()) rows[i]?.push(...(await measure(way, bodies)));
}
const header = SERVICES.flatMap((services) => {
  const rate = ((services * POINTS * 1000) / INTERVAL).toLocaleString('en');
  return [`CPU at ${rate} points/s`, 'memory, MiB'];
});
writeResults(
  'collector',
  `${SERVICES.join(' and ')} services of ${POINTS} points each, a tenth of them histograms of 15 buckets, sent every ${INTERVAL / 1000} s by OTLP over HTTP; the first is scraped every ${(MEASURED * INTERVAL) / 1000} s. CPU is of one core.\n\n${table(['', ...header], rows)}`,
  ['@opentelemetry/exporter-metrics-otlp-proto'],
);
