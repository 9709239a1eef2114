import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridgePromClient } from '../../../src/app/prom-client/prom-client.ts';
import { recorder } from '../../../src/app/record/global.ts';
import { Counter, Histogram, Registry } from '../../../src/prom-client.ts';
import { value } from '../../harness/samples.ts';
import { warningsOf } from '../record/helpers/warnings.ts';
import { bridgedRegistry, client } from './helpers/bridged.ts';
import { scraped } from './helpers/scraped.ts';

test('omitted metrics are not bridged', async (t) => {
  const registry = bridgedRegistry(t, { omit: ['nodejs_*', 'own'] });
  for (const name of ['nodejs_version_info', 'own', 'other']) {
    new client.Gauge({ name, help: 'help', registers: [registry] }).set(1);
  }
  assert.deepEqual([...(await scraped()).families.keys()], ['other']);
});

test('pitot warns once of names that collide or change in Prometheus', async (t) => {
  const warnings = warningsOf(t);
  const registry = bridgedRegistry(t);
  const requests = recorder.getMeter('service').createCounter('http.requests', { unit: '{request}' });
  requests.add(1);
  new client.Counter({ name: 'http_requests_total', help: 'help', registers: [registry] }).inc();
  new client.Counter({ name: 'jobs_done', help: 'help', registers: [registry] }).inc();
  for (let i = 0; i < 3; i++) await scraped();
  assert.equal(warnings.length, 2, warnings.join('\n'));
  assert.match(String(warnings[0]), /'jobs_done' becomes 'jobs_done_total'/);
  assert.match(
    String(warnings[1]),
    /'http_requests_total' and 'http\.requests' of 'service' .*omit: \['http_requests_total'\]/,
  );
});

test('two bridged metrics with one name in Prometheus cause a warning that names both', async (t) => {
  const warnings = warningsOf(t);
  const registry = bridgedRegistry(t);
  new client.Counter({ name: 'mails_total', help: 'help', registers: [registry] }).inc();
  new client.Counter({ name: 'mails', help: 'help', registers: [registry] }).inc();
  for (let i = 0; i < 2; i++) await scraped();
  assert.equal(warnings.length, 2, warnings.join('\n'));
  assert.match(String(warnings[0]), /'mails' becomes 'mails_total'/);
  assert.match(String(warnings[1]), /'mails' and 'mails_total' of the bridge have one name .*'mails_total'/);
});

test('a metric that has moved to pitot causes no warning, and neither does one without series', async (t) => {
  const warnings = warningsOf(t);
  const registry = bridgedRegistry(t);
  const counter = new client.Counter({ name: 'moved_total', help: 'help', registers: [registry] });
  counter.inc();
  await scraped();
  registry.removeSingleMetric('moved_total');
  recorder.getMeter('service').createCounter('moved').add(1);
  recorder.getMeter('service').createCounter('unused');
  new client.Counter({ name: 'unused_total', help: 'help', registers: [registry] }).inc();
  for (let i = 0; i < 2; i++) await scraped();
  assert.deepEqual(warnings, []);
});

test('the first of two registries owns a metric name, and a registry is bridged only once', async (t) => {
  const warnings = warningsOf(t);
  const [first, second] = [bridgedRegistry(t), bridgedRegistry(t)];
  bridgePromClient(first);
  new client.Gauge({ name: 'shared', help: 'help', registers: [first, second] }).set(1);
  new client.Gauge({ name: 'twice', help: 'help', registers: [first] }).set(1);
  new client.Gauge({ name: 'twice', help: 'help', registers: [second] }).set(2);
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(
      (await scraped()).samples.map(({ name, value }) => [name, value]),
      [
        ['shared', 1],
        ['twice', 1],
      ],
    );
  }
  assert.equal(warnings.length, 1, warnings.join('\n'));
  assert.match(String(warnings[0]), /two registries of prom-client have a metric 'twice'/);
});

test('of a bridged metric and one of pitot/prom-client with the same name the first is served', async (t) => {
  const warnings = warningsOf(t);
  const own = new Registry();
  t.after(() => own.clear());
  const common = { help: 'help', registers: [own] };
  new Counter({ name: 'orders_total', ...common }).inc(1);
  new Histogram({ name: 'seconds', buckets: [1, 10], ...common }).observe(0.5);
  const registry = bridgedRegistry(t);
  const bridged = { help: 'help', registers: [registry] };
  new client.Counter({ name: 'orders_total', ...bridged }).inc(2);
  new client.Histogram({ name: 'seconds', buckets: [1, 10], ...bridged }).observe(5);
  const served = async () => {
    const { samples } = await scraped();
    return ['orders_total', 'seconds_count', 'seconds_sum'].map((name) => value(samples, name));
  };
  assert.deepEqual(await served(), [1, 1, 0.5]);
  for (const name of ['orders_total', 'seconds']) {
    const warning = new RegExp(`two registries of prom-client have a metric '${name}'`);
    assert.equal(warnings.filter((text) => warning.test(text)).length, 1, warnings.join('\n'));
  }
  own.clear();
  assert.deepEqual(await served(), [2, 1, 5]);
});

test('a stopped bridge serves nothing of the registry and leaves it unchanged', async () => {
  const registry = new client.Registry();
  const gauge = new client.Gauge({ name: 'g', help: 'help', registers: [registry] });
  gauge.set(1);
  const bridge = bridgePromClient(registry);
  assert.equal((await scraped()).samples.length, 1);
  bridge.stop();
  bridge.stop();
  assert.deepEqual((await scraped()).samples, []);
  assert.match(await registry.metrics(), /^g 1$/m);
});

test('anything but a registry, and anything but a metric in one, only causes a warning', async (t) => {
  const warnings = warningsOf(t);
  // @ts-expect-error JavaScript callers pass anything.
  bridgePromClient(undefined).stop();
  const bridge = bridgePromClient({ getMetricsAsArray: () => [{ name: 'odd', type: 'gauge' }, 5] });
  await scraped();
  bridge.stop();
  assert.equal(warnings.length, 3, warnings.join('\n'));
});

test('under a strategy that keeps names, no metric changes its name', async (t) => {
  const warnings = warningsOf(t);
  recorder.configure({ translationStrategy: 'NoTranslation' });
  const registry = bridgedRegistry(t);
  new client.Counter({ name: 'kept_as_it_is', help: 'help', registers: [registry] }).inc();
  await scraped();
  assert.deepEqual(warnings, []);
});
