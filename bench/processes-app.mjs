/**
 * One contestant of processes.ts: a cluster whose primary serves the metrics of all its workers.
 * Arguments: the contestant, the number of workers, the number of series each has.
 */
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { metrics } from '@opentelemetry/api';

const [, , contestant = '', workers = '0', series = '0'] = process.argv;
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20];
/** One series in so many is a histogram. */
const HISTOGRAMS = 10;

function instruments() {
  if (contestant !== 'pitot') return promClient();
  const meter = metrics.getMeter('bench');
  const counter = meter.createCounter('requests');
  const histogram = meter.createHistogram('duration', { advice: { explicitBucketBoundaries: BOUNDARIES } });
  return { count: (labels) => counter.add(1, labels), observe: (labels) => histogram.record(0.3, labels) };
}

async function promClient() {
  // The registry of a cluster has to be there in the workers as well.
  await clusterMetrics();
  const { Counter, Histogram } = (await import(contestant)).default;
  const labelNames = ['method', 'route', 'status'];
  const counter = new Counter({ name: 'requests', help: 'Requests', labelNames });
  const histogram = new Histogram({ name: 'duration', help: 'Duration', labelNames, buckets: BOUNDARIES });
  return { count: (labels) => counter.inc(labels), observe: (labels) => histogram.observe(labels, 0.3) };
}

async function work() {
  const { count, observe } = await instruments();
  const record = () => {
    for (let i = 0; i < Number(series); i++) {
      const labels = { method: 'GET', route: `/route/${i}`, status: '200' };
      if (i % HISTOGRAMS === 0) observe(labels);
      else count(labels);
    }
  };
  record();
  // Some of the series change from one scrape to the next.
  setInterval(() => {
    for (let i = 0; i < 100; i++)
      count({ method: 'GET', route: `/route/${i * HISTOGRAMS + 1}`, status: '200' });
  }, 100);
  process.send?.('ready');
}

async function serve() {
  // The comparison asks for this after its scrapes: the stalls of the primary's event loop, and its memory.
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const scrape = contestant === 'pitot' ? undefined : await clusterMetrics();
  const server = createServer(async (request, response) => {
    if (request.url === '/metrics') {
      const body = await scrape?.().catch(() => undefined);
      if (body === undefined) response.statusCode = 500;
      response.end(body);
    } else if (request.url === '/reset') {
      delay.enable();
      delay.reset();
      response.end();
    } else {
      response.end(JSON.stringify({ stall: delay.max / 1e6, memory: process.memoryUsage.rss() }));
    }
  });
  let ready = 0;
  cluster.on('message', (_, message) => {
    if (message !== 'ready' || ++ready !== Number(workers)) return;
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      console.log(`port ${typeof address === 'object' ? address?.port : ''}`);
    });
  });
  for (let i = 0; i < Number(workers); i++) cluster.fork();
}

async function clusterMetrics() {
  const { AggregatorRegistry, ClusterRegistry } = (await import(contestant)).default;
  const registry = new (ClusterRegistry ?? AggregatorRegistry)();
  return () => registry.clusterMetrics();
}

await (cluster.isPrimary ? serve() : work());
