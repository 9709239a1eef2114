import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type Attributes, type MeterProvider, metrics } from '@opentelemetry/api';
import { defineMetrics } from '../../../src/app/define/define.ts';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { registerStockProvider } from '../instruments/helpers/collected.ts';
import { readerOf } from '../record/helpers/collect.ts';
import { valuesOf } from '../record/helpers/points.ts';
import { warningsOf } from '../record/helpers/warnings.ts';

beforeEach(() => metrics.disable());

const define = () =>
  defineMetrics('shop.orders', {
    placed: {
      kind: 'counter',
      unit: '{order}',
      description: 'Orders placed.',
      attributes: { channel: ['web', 'app'], note: { type: 'string', optional: true } },
    },
    active: { kind: 'upDownCounter', unit: '{order}', description: 'Orders under way.', integer: true },
    price: { kind: 'gauge', unit: '{euro}', description: 'Price.', merge: 'mean' },
    duration: { kind: 'histogram', unit: 's', description: 'Duration.', boundaries: [1, 2], seriesLimit: 5 },
    'stock.level': { kind: 'observableGauge', unit: '{item}', description: 'In stock.' },
  });

/** A provider that tells what was asked of it. */
function listeningProvider(): { provider: MeterProvider; calls: unknown[][] } {
  const calls: unknown[][] = [];
  const told = (target: object, who: string): object =>
    new Proxy(target, {
      get:
        (_, method: string) =>
        (...args: unknown[]) => {
          calls.push([method, ...args]);
          return method === 'getMeter' ? told({}, 'meter') : { who };
        },
    });
  return { provider: told({}, 'provider') as MeterProvider, calls };
}

test('a declaration creates no instrument; the first use creates one, and the next none', () => {
  const { provider, calls } = listeningProvider();
  metrics.setGlobalMeterProvider(provider);
  calls.length = 0;
  const orders = define();
  assert.deepEqual(Object.keys(orders), ['placed', 'active', 'price', 'duration', 'stock.level']);
  assert.equal(calls.length, 0);
  const { placed } = orders;
  assert.equal(orders.placed, placed);
  assert.deepEqual(
    calls.map(([method, name]) => [method, name]),
    [
      ['getMeter', 'shop.orders'],
      ['createCounter', 'shop.orders.placed'],
    ],
  );
});

test('keys of the empty namespace are full names', async () => {
  const recorder = new Recorder();
  const read = readerOf(recorder);
  metrics.setGlobalMeterProvider(recorder);
  const orders = defineMetrics(
    '',
    { 'orders.placed': { kind: 'counter', unit: '{order}', description: 'Orders placed.' } },
    { scope: { name: 'shop' } },
  );
  orders['orders.placed'].add(2);
  assert.deepEqual(valuesOf(await read(), 'orders.placed'), [[{}, 2]]);
});

test('a provider receives unit, description, value type, boundaries and the advice of pitot', () => {
  const { provider, calls } = listeningProvider();
  metrics.setGlobalMeterProvider(provider);
  calls.length = 0;
  Object.values({ ...define() });
  const made = calls.filter(([method]) => method !== 'getMeter');
  const none = { merge: undefined, seriesLimit: undefined, attributes: {}, declared: {} };
  assert.deepEqual(made, [
    [
      'createCounter',
      'shop.orders.placed',
      {
        unit: '{order}',
        description: 'Orders placed.',
        valueType: 1,
        advice: {
          limits: {
            ...none,
            attributes: { channel: ['web', 'app'], note: [] },
            declared: { channel: { values: ['web', 'app'] }, note: { type: 'string' } },
          },
        },
      },
    ],
    [
      'createUpDownCounter',
      'shop.orders.active',
      { unit: '{order}', description: 'Orders under way.', valueType: 0, advice: { limits: none } },
    ],
    [
      'createGauge',
      'shop.orders.price',
      { unit: '{euro}', description: 'Price.', valueType: 1, advice: { limits: { ...none, merge: 'mean' } } },
    ],
    [
      'createHistogram',
      'shop.orders.duration',
      {
        unit: 's',
        description: 'Duration.',
        valueType: 1,
        advice: { explicitBucketBoundaries: [1, 2], limits: { ...none, seriesLimit: 5 } },
      },
    ],
    [
      'createObservableGauge',
      'shop.orders.stock.level',
      { unit: '{item}', description: 'In stock.', valueType: 1, advice: { limits: none } },
    ],
  ]);
});

test("a contract returns pitot's own instruments, with their bound forms", async () => {
  const recorder = new Recorder();
  metrics.setGlobalMeterProvider(recorder);
  const read = readerOf(recorder);
  const orders = define();
  assert.equal(
    orders.placed,
    recorder.getMeter('shop.orders').createCounter('shop.orders.placed', { unit: '{order}' }),
  );
  orders.placed.add(1, { channel: 'web' });
  orders.placed.bind({ channel: 'web' }).add(2);
  orders.duration.bind().record(1.5);
  orders['stock.level'].addCallback((result) => result.observe(7));
  const [{ scope, metrics: all } = { scope: undefined, metrics: [] }] = await read();
  assert.equal(scope?.name, 'shop.orders');
  const values = all.map(({ descriptor, dataPoints }) => [
    descriptor.name,
    ...dataPoints.map(({ value }) => (typeof value === 'number' ? value : value.count)),
  ]);
  assert.deepEqual(values, [
    ['shop.orders.placed', 3],
    ['shop.orders.duration', 1],
    ['shop.orders.stock.level', 7],
  ]);
});

test("another SDK's instruments get bound forms that hold a copy of their attributes", async () => {
  const collect = registerStockProvider();
  const orders = define();
  const attributes: { channel: 'web' | 'app' } = { channel: 'web' };
  const bound = orders.placed.bind(attributes);
  attributes.channel = 'app';
  bound.add(2);
  orders.placed.add(1, { channel: 'app' });
  orders.active.add(-1);
  orders.price.record(3);
  orders.duration.bind().record(1.5);
  orders.duration.record(2.5);
  orders['stock.level'].addCallback((result) => result.observe(7));
  const all = await collect();
  const expected: [string, [Attributes, number][]][] = [
    [
      'shop.orders.placed',
      [
        [{ channel: 'web' }, 2],
        [{ channel: 'app' }, 1],
      ],
    ],
    ['shop.orders.active', [[{}, -1]]],
    ['shop.orders.price', [[{}, 3]]],
    ['shop.orders.stock.level', [[{}, 7]]],
  ];
  for (const [name, sums] of expected) assert.deepEqual(all.sums(name), sums);
  assert.deepEqual(all.histograms('shop.orders.duration'), [[{}, { count: 2, sum: 4 }]]);
  assert.deepEqual(all.boundaries('shop.orders.duration'), [1, 2]);
});

test('an instrument used before a provider is registered records only afterwards', async () => {
  const orders = define();
  orders.placed.add(5, { channel: 'web' });
  const collect = registerStockProvider();
  orders.placed.add(1, { channel: 'web' });
  assert.deepEqual((await collect()).sums('shop.orders.placed'), [[{ channel: 'web' }, 1]]);
});

test('the scope is the namespace, unless the contract names another', async () => {
  const collect = registerStockProvider();
  const hits = { kind: 'counter', unit: '', description: 'Hits.' } as const;
  defineMetrics('a', { hits }).hits.add(1);
  defineMetrics('b', { hits }, { scope: { name: 'lib', version: '1.2.3' } }).hits.add(1);
  const { scopes } = await collect();
  assert.deepEqual(
    scopes.map(({ name, version }) => [name, version]),
    [
      ['a', ''],
      ['lib', '1.2.3'],
    ],
  );
});

test('a metric is created with its redaction by attribute and its idle time as advice', () => {
  const { provider, calls } = listeningProvider();
  metrics.setGlobalMeterProvider(provider);
  const { visits } = defineMetrics('shop', {
    visits: {
      kind: 'counter',
      unit: '{visit}',
      description: 'Visits.',
      attributes: { visitor: { type: 'string', redact: 'hash' }, page: 'string' },
      seriesIdle: 60_000,
    },
  });
  assert.ok(visits !== undefined);
  const made = calls.find(([method]) => method === 'createCounter');
  assert.deepEqual(made?.[2], {
    unit: '{visit}',
    description: 'Visits.',
    valueType: 1,
    advice: {
      limits: {
        merge: undefined,
        seriesLimit: undefined,
        attributes: { visitor: [], page: [] },
        seriesIdle: 60_000,
        redact: { visitor: 'hash' },
        declared: { visitor: { type: 'string' }, page: { type: 'string' } },
      },
    },
  });
});

test('undeclared attributes are exported, counted, and warned of once', async (t) => {
  const warnings = warningsOf(t);
  const recorder = new Recorder();
  metrics.setGlobalMeterProvider(recorder);
  const read = readerOf(recorder);
  const { placed } = defineMetrics('shop.orders', {
    placed: {
      kind: 'counter',
      unit: '{order}',
      description: 'Orders.',
      attributes: {
        channel: ['web', 'app'],
        items: { type: 'number', optional: true },
        buyer: { type: 'string', optional: true, redact: 'redact' },
      },
    },
  });
  placed.add(1, { channel: 'web', items: 2, buyer: 'alice' });
  placed.add(1, { channel: '_OTHER' as 'web' });
  assert.deepEqual(warnings, []);
  for (let i = 0; i < 2; i++) {
    placed.add(1, { channel: 'fax' as 'web' });
    placed.add(1, { channel: 'web', items: '2' as never });
    placed.add(1, { channel: 'web', chanel: 'web' } as never);
  }
  const scopes = await read();
  assert.equal(valuesOf(scopes, 'shop.orders.placed').length, 5);
  const of = (attribute: string) => ({
    'pitot.attribute.name': attribute,
    'pitot.instrument.name': 'shop.orders.placed',
  });
  assert.deepEqual(valuesOf(scopes, 'pitot.contract.violations'), [
    [of('channel'), 1],
    [of('items'), 1],
    [of('chanel'), 1],
  ]);
  assert.deepEqual(warnings, [
    "pitot: instrument 'shop.orders.placed' was recorded with a value of 'channel' that its contract does not declare; " +
      'such series are exported and counted in pitot.contract.violations. Said once.',
  ]);
});

test('instruments of a contract remove series, and reserve values past the limit', async () => {
  const recorder = new Recorder();
  metrics.setGlobalMeterProvider(recorder);
  const read = readerOf(recorder);
  const { placed, errors } = defineMetrics('shop.orders', {
    placed: {
      kind: 'counter',
      unit: '{order}',
      description: 'Orders.',
      attributes: { channel: ['web', 'app'] },
    },
    errors: {
      kind: 'counter',
      unit: '{error}',
      description: 'Errors.',
      attributes: { 'error.type': 'string' },
      seriesLimit: 1,
    },
  });
  placed.add(1, { channel: 'web' });
  placed.add(1, { channel: 'app' });
  placed.remove({ channel: 'web' });
  errors.reserve('error.type', ['timeout']);
  for (const type of ['junk', 'more junk', 'timeout']) errors.add(1, { 'error.type': type });
  const [{ metrics: all } = { metrics: [] }] = await read();
  const series = all.map(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes));
  assert.deepEqual(series, [
    [{ channel: 'app' }],
    [{ 'otel.metric.overflow': true }, { 'error.type': 'timeout' }],
  ]);
});

test('with another SDK, remove and reserve do nothing', async () => {
  const collect = registerStockProvider();
  const { placed } = define();
  placed.reserve('note', ['gift']);
  placed.add(1, { channel: 'web' });
  placed.remove({ channel: 'web' });
  placed.bind({ channel: 'web' }).remove();
  assert.deepEqual((await collect()).sums('shop.orders.placed'), [[{ channel: 'web' }, 1]]);
});
