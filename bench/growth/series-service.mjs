/**
 * A service with many series: `series-service.mjs <library> <series>`. A tenth of them are histograms of 15 buckets, the
 * others counters; an instrument has at most 1,000. It sends its parent the URL to scrape.
 */
import {
  answering,
  BOUNDS,
  isPromClient,
  openTelemetry,
  PITOT_URL,
  promClientOf,
  serve,
} from './instruments.mjs';

const PER_INSTRUMENT = 1000;

const [, , library, series = '1000'] = process.argv;
const instruments = Math.ceil(Number(series) / PER_INSTRUMENT);
const attributes = Array.from({ length: Math.min(Number(series), PER_INSTRUMENT) }, (_, i) => ({
  method: i % 2 === 0 ? 'GET' : 'POST',
  route: `/organisations/:organisation/orders/${i}`,
}));

/** Histograms first: with one instrument there is only a histogram. */
function isHistogram(instrument) {
  return instrument % 10 === 0;
}

async function byMeter() {
  const { provider, listener } = await openTelemetry(library);
  const meter = provider.getMeter('bench');
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
  return listener === undefined ? PITOT_URL : serve(listener);
}

async function byPromClient() {
  const { Registry, Histogram, Counter } = await promClientOf(library);
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
  return serve(answering(() => registry.metrics()));
}

process.send?.([await (isPromClient(library) ? byPromClient() : byMeter())]);
// A service that does nothing else.
setInterval(() => {}, 60_000);
