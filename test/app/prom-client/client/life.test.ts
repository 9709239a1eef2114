import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import promClient from 'prom-client';
import { bridgePromClient } from '../../../../src/app/prom-client/prom-client.ts';
import { recorder } from '../../../../src/app/record/global.ts';
import { exemplarsOf } from '../../../../src/model/exemplars.ts';
import {
  AggregatorRegistry,
  Counter,
  Gauge,
  Histogram,
  Registry,
  Summary,
} from '../../../../src/prom-client.ts';
import { metricsOf, resetMetrics } from '../../../../src/testing.ts';
import { select, value } from '../../../harness/samples.ts';
import { until } from '../../../harness/until.ts';
import { warningsOf } from '../../record/helpers/warnings.ts';
import { collected, scraped } from '../helpers/scraped.ts';

/** The samples of the endpoint. */
async function samples() {
  return (await scraped()).samples;
}

test('beyond the limit on series the registry has every value, and the endpoint their sum', async (t) => {
  recorder.configure({ seriesLimit: 3 });
  const registry = new Registry();
  t.after(() => {
    registry.clear();
    recorder.configure({ seriesLimit: 2000 });
  });
  const common = { help: 'help', labelNames: ['id'], registers: [registry] };
  const jobs = new Counter({ name: 'jobs_total', ...common });
  const queued = new Gauge({ name: 'queued', ...common });
  const seconds = new Histogram({ name: 'seconds', buckets: [1, 10], ...common });
  const record = () => {
    for (const id of [1, 2, 3, 4]) {
      jobs.inc({ id }, id);
      queued.set({ id }, id);
      seconds.observe({ id }, id);
    }
  };
  record();
  record();
  queued.remove('4');
  const text = await registry.metrics();
  for (const line of [
    'jobs_total{id="4"} 8',
    'queued{id="3"} 3',
    'seconds_bucket{le="1",id="4"} 0',
    'seconds_sum{id="4"} 8',
  ]) {
    assert.ok(text.split('\n').includes(line), text);
  }
  const served = await samples();
  const rest = { otel_metric_overflow: 'true' };
  assert.equal(value(served, 'jobs_total', { id: '2' }), 4);
  assert.equal(value(served, 'jobs_total', rest), 14);
  assert.equal(value(served, 'queued', rest), 3);
  assert.equal(value(served, 'seconds_sum', rest), 14);
  assert.equal(value(served, 'seconds_count', rest), 4);
});

test('labels that are redacted are so on the endpoint alone, where their values are added up', async (t) => {
  const registry = new Registry();
  const before = new Counter({
    name: 'mails_total',
    help: 'help',
    labelNames: ['to'],
    registers: [registry],
  });
  for (const to of ['ann', 'ben']) before.inc({ to });
  recorder.configure({ redact: { to: 'drop' } });
  t.after(() => {
    registry.clear();
    recorder.configure({ redact: {} });
  });
  for (const to of ['ann', 'cid']) before.inc({ to });
  assert.match(await registry.metrics(), /\{to="ann"\} 2\n.*\{to="ben"\} 1\n.*\{to="cid"\} 1\n/);
  const served = select(await samples(), 'mails_total');
  assert.deepEqual(
    served.map(({ labels, value }) => [labels.to, value]),
    [[undefined, 4]],
  );
});

test('the metrics of the first of two registries with one name are served, and then those of the other', async (t) => {
  const warnings = warningsOf(t);
  const [first, second] = [new Registry(), new Registry()];
  const create = (registry: Registry) =>
    new Counter({ name: 'visits_total', help: 'help', registers: [registry] });
  create(first).inc(1);
  create(second).inc(2);
  assert.equal(value(await samples(), 'visits_total'), 1);
  assert.match(await second.metrics(), /visits_total 2/);
  assert.match(warnings.join('\n'), /two registries .* a metric 'visits_total'/);
  first.clear();
  second.clear();
  assert.deepEqual(select(await samples(), 'visits_total'), []);
  create(second).inc(3);
  assert.equal(value(await samples(), 'visits_total'), 3);
  second.clear();
});

test('a metric that several registries have is served until the last one gives it up', async () => {
  const [first, second] = [new Registry(), new Registry()];
  first.setDefaultLabels({ of: 'first' });
  second.setDefaultLabels({ of: 'second' });
  const visits = new Gauge({ name: 'visitors', help: 'help', registers: [first, second] });
  visits.set(4);
  assert.equal(value(await samples(), 'visitors', { of: 'first' }), 4);
  first.removeSingleMetric('visitors');
  assert.equal(value(await samples(), 'visitors', { of: 'second' }), 4);
  second.clear();
  assert.deepEqual(select(await samples(), 'visitors'), []);
  visits.set(5);
  assert.equal((await visits.get()).values[0]?.value, 5);
});

test('the metrics of a registry that the application has forgotten leave the endpoint', async () => {
  const collectGarbage = () => {
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
  };
  (() => {
    const registry = new Registry();
    const common = { help: 'help', labelNames: ['target'], registers: [registry] };
    new Gauge({ name: 'probe_success', ...common }).set({ target: 'a' }, 1);
    new Summary({ name: 'probe_seconds', ...common }).observe({ target: 'a' }, 1);
  })();
  assert.equal(value(await samples(), 'probe_success'), 1);
  await until(
    async () => {
      collectGarbage();
      const served = await samples();
      return served.some(({ name }) => name.startsWith('probe_')) ? undefined : served;
    },
    { what: 'the end of the series' },
  );
});

test('default labels that come late move the series with their values', async (t) => {
  const registry = new Registry();
  t.after(() => registry.clear());
  const jobs = new Counter({ name: 'jobs_total', help: 'help', labelNames: ['id'], registers: [registry] });
  const child = jobs.labels('1');
  child.inc(2);
  assert.equal(value(await samples(), 'jobs_total', { app: '' }), 2);
  registry.setDefaultLabels({ app: 'shop' });
  child.inc(3);
  const served = select(await samples(), 'jobs_total');
  assert.deepEqual(
    served.map(({ labels, value }) => [labels.app, labels.id, value]),
    [['shop', '1', 5]],
  );
});

test('a gauge that is no number is absent from the endpoint until it is one', async (t) => {
  const registry = new Registry();
  t.after(() => registry.clear());
  const level = new Gauge({ name: 'level', help: 'help', registers: [registry] });
  level.set(3);
  level.set(Number.NaN);
  assert.deepEqual(select(await samples(), 'level'), []);
  assert.match(await registry.metrics(), /^level Nan$/m);
  level.set(4);
  assert.equal(value(await samples(), 'level'), 4);
});

test('a counter to which NaN was added keeps its number on the endpoint, and goes on', async (t) => {
  const registry = new Registry();
  t.after(() => registry.clear());
  const jobs = new Counter({ name: 'jobs_total', help: 'help', registers: [registry] });
  for (const amount of [1, Number.NaN, 2]) jobs.inc(amount);
  assert.equal(value(await samples(), 'jobs_total'), 3);
  assert.match(await registry.metrics(), /^jobs_total Nan$/m);
});

test('collect() runs for the endpoint too, and one that fails leaves the last values, with one warning', async (t) => {
  const warnings = warningsOf(t);
  const registry = new Registry();
  t.after(() => registry.clear());
  const common = { help: 'help', registers: [registry] };
  let calls = 0;
  new Gauge({
    name: 'late',
    ...common,
    async collect() {
      await null;
      this.set(++calls);
      if (calls > 1) throw new Error('gone');
    },
  });
  new Gauge({
    name: 'soon',
    ...common,
    collect() {
      this.set(7);
    },
  });
  assert.deepEqual([value(await samples(), 'late'), value(await samples(), 'soon')], [1, 7]);
  await samples();
  const told = warnings.filter((warning) => /collect\(\) of the metric 'late' failed \(gone\)/.test(warning));
  assert.equal(told.length, 1, warnings.join('\n'));
  await assert.rejects(registry.metrics(), /gone/);
});

test('a warning names metrics that have other names on the endpoint', async (t) => {
  const warnings = warningsOf(t);
  const registry = new Registry();
  t.after(() => registry.clear());
  new Counter({ name: 'orders', help: 'help', registers: [registry] }).inc();
  assert.equal(value(await samples(), 'orders_total'), 1);
  assert.match(await registry.metrics(), /^orders 1$/m);
  await samples();
  assert.equal(warnings.filter((warning) => /'orders' is 'orders_total'/.test(warning)).length, 1);
});

test('a registry of pitot/prom-client needs no bridge, and bridging it counts nothing twice', async (t) => {
  const warnings = warningsOf(t);
  const registry = new Registry();
  t.after(() => registry.clear());
  new Counter({ name: 'orders_total', help: 'help', registers: [registry] }).inc();
  t.after(() => bridge.stop());
  const bridge = bridgePromClient(registry);
  assert.equal(value(await samples(), 'orders_total'), 1);
  assert.match(warnings.join('\n'), /pitot\/prom-client.* needs no bridge/);
});

test('pitot/testing reads the metrics, and resets them', async (t) => {
  const registry = new Registry();
  t.after(() => registry.clear());
  const orders = new Counter({
    name: 'orders_total',
    help: 'help',
    labelNames: ['channel'],
    registers: [registry],
  });
  const web = orders.labels('web');
  web.inc(2);
  assert.equal(await metricsOf('orders_total', { channel: 'web' }), 2);
  resetMetrics();
  assert.equal(await metricsOf('orders_total'), 0);
  assert.doesNotMatch(await registry.metrics(), /web/);
  web.inc();
  assert.equal(await metricsOf('orders_total'), 1);
});

test('exemplars whose labels name a trace are on the endpoint, and all of them in the text', async (t) => {
  const registry = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
  t.after(() => registry.clear());
  const common = { help: 'help', registers: [registry], enableExemplars: true };
  const orders = new Counter({ name: 'traced_orders_total', ...common });
  const seconds = new Histogram({ name: 'traced_seconds', buckets: [1], ...common });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const spanId = 'b7ad6b7169203331';
  orders.inc({ value: 2, exemplarLabels: { traceId, spanId } });
  seconds.observe({ value: 0.5, exemplarLabels: { user: 'u1' } });
  seconds.observe({ value: 5, exemplarLabels: { traceId, spanId } });
  const text = await registry.metrics();
  assert.match(text, /^traced_orders_total 2 # \{traceId="0af\w+",spanId="b7\w+"\} 2 [\d.]+$/m);
  assert.match(text, /^traced_seconds_bucket\{le="1"\} 1 # \{user="u1"\} 0\.5 [\d.]+$/m);
  const exemplars = (await collected())
    .flatMap(({ metrics }) => metrics)
    .map(({ descriptor, dataPoints }) => [
      descriptor.name,
      ...dataPoints.flatMap((point) => exemplarsOf(point).map(({ value, traceId }) => [value, traceId])),
    ]);
  assert.deepEqual(exemplars, [
    ['traced_orders_total', [2, traceId]],
    ['traced_seconds', [5, traceId]],
  ]);
});

test('an exemplar that is chosen while the clock tells no time has none on the endpoint', async (t) => {
  const registry = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
  t.after(() => registry.clear());
  const common = { help: 'help', registers: [registry], enableExemplars: true };
  const orders = new Counter({ name: 'timeless_total', ...common });
  const clock = t.mock.method(Date, 'now', () => Number.NaN);
  orders.inc({ value: 2, exemplarLabels: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) } });
  clock.mock.restore();
  const metrics = (await collected()).flatMap((scope) => scope.metrics);
  const [point] = metrics.find(({ descriptor }) => descriptor.name === 'timeless_total')?.dataPoints ?? [];
  assert.ok(point !== undefined);
  assert.deepEqual(
    exemplarsOf(point).map(({ timestamp }) => timestamp),
    [[0, 0]],
  );
});

test('without exemplars of its own a metric has those of spans', async (t) => {
  recorder.configure({ exemplarFilter: 'always_on' });
  const registry = new Registry();
  t.after(() => {
    registry.clear();
    recorder.configure({ exemplarFilter: 'trace_based' });
  });
  const orders = new Counter({ name: 'sampled_orders_total', help: 'help', registers: [registry] });
  const seconds = new Histogram({
    name: 'sampled_seconds',
    help: 'help',
    buckets: [1],
    registers: [registry],
  });
  orders.inc(3);
  seconds.observe(5);
  const points = (await collected())
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ dataPoints }) => [...dataPoints]);
  assert.deepEqual(
    points.flatMap((point) => exemplarsOf(point).map(({ value }) => value)),
    [3, 5],
  );
});

test('metrics of another copy of prom-client in a registry are on the endpoint until they leave it', async (t) => {
  const registry = new Registry();
  t.after(() => registry.clear());
  registry.setDefaultLabels({ app: 'shop' });
  // A dependency that has prom-client in a version that pitot cannot replace is given the application's registry.
  const common = { help: 'help', registers: [registry as unknown as promClient.Registry] };
  const counter = new promClient.Counter({ name: 'calls_total', labelNames: ['to'], ...common });
  new promClient.Gauge({
    name: 'open',
    ...common,
    collect() {
      this.set(7);
    },
  });
  new promClient.Histogram({ name: 'took', buckets: [1, 2], ...common }).observe(1.5);
  new promClient.Summary({ name: 'size', percentiles: [0.5], ...common }).observe(4);
  new Counter({ name: 'own_total', help: 'help', registers: [registry] }).inc();
  counter.inc({ to: 'a' }, 3);
  const app = { app: 'shop' };
  const served = await samples();
  assert.equal(value(served, 'calls_total', { to: 'a', ...app }), 3);
  assert.equal(value(served, 'open', app), 7);
  assert.equal(value(served, 'took_bucket', { le: '2', ...app }), 1);
  assert.equal(value(served, 'took_sum', app), 1.5);
  assert.equal(value(served, 'size', { quantile: '0.5', ...app }), 4);
  assert.equal(value(served, 'own_total', app), 1);
  registry.removeSingleMetric('open');
  counter.inc({ to: 'a' });
  const left = await samples();
  assert.deepEqual(select(left, 'open'), []);
  assert.equal(value(left, 'calls_total', { to: 'a' }), 4);
  registry.clear();
  assert.deepEqual(await samples(), []);
});

test('the endpoint has the metrics of a cluster once, and not again for each aggregation', async (t) => {
  const warnings = warningsOf(t);
  const registry = new Registry();
  t.after(() => registry.clear());
  new Counter({ name: 'seen_total', help: 'help', registers: [registry] }).inc(2);
  const json = await registry.getMetricsAsJSON();
  const aggregated = AggregatorRegistry.aggregate([json, json]);
  assert.match(await aggregated.metrics(), /^seen_total 4$/m);
  const merged = Registry.merge([aggregated]);
  assert.match(await merged.metrics(), /^seen_total 4$/m);
  assert.equal(value(await samples(), 'seen_total'), 2);
  assert.deepEqual(warnings, []);
});
