import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineMetrics } from '../../../src/app/define/define.ts';
import { contractOf } from '../../../src/contract/contract.ts';
import type { MetricDeclarations } from '../../../src/contract/declaration.ts';

// The compiler checks this file: each line that must not compile fails the check when it does.

const orders = defineMetrics('test.orders', {
  placed: {
    kind: 'counter',
    unit: '{order}',
    description: 'Orders that were placed.',
    attributes: {
      channel: ['web', 'app'],
      country: 'string',
      'customer.new': 'boolean',
      tier: { values: [1, 2], optional: true },
      payment: { type: 'string', known: ['card'], optional: true, description: 'How it is paid.' },
    },
  },
  duration: {
    kind: 'histogram',
    unit: 's',
    description: 'Time from basket to order.',
    attributes: { 'error.type': { type: 'string', optional: true } },
    boundaries: [0.1, 1, 10],
  },
  open: { kind: 'upDownCounter', unit: '{order}', description: 'Orders that are being packed.' },
  price: { kind: 'gauge', unit: '1', description: 'Price level.', merge: 'mean' },
  stock: {
    kind: 'observableGauge',
    unit: '{item}',
    description: 'Items in stock.',
    attributes: { item: ['cup', 'plate'] },
  },
});

function rightUse(): void {
  const { placed, duration, open, price, stock } = orders;
  placed.add(1, { channel: 'web', country: 'NL', 'customer.new': true });
  placed.add(1, { channel: 'app', country: 'NL', 'customer.new': true, tier: 2, payment: undefined });
  placed.add(1, { channel: 'app', country: 'NL', 'customer.new': true, payment: 'voucher' });
  placed.bind({ channel: 'web', country: 'NL', 'customer.new': false }).add(1);
  duration.record(1);
  duration.record(1, {});
  duration.record(1, { 'error.type': 'timeout' });
  duration.bind().record(1);
  open.add(-1);
  price.record(1);
  placed.remove({ channel: 'web', country: 'NL', 'customer.new': true });
  placed.reserve('country', ['NL', 'BE']);
  open.remove();
  duration.reserve('error.type', new Set(['timeout']));
  stock.addCallback((result) => result.observe(1, { item: 'cup' }));
}

function wrongUse(): void {
  const { placed, duration, open, price, stock } = orders;
  // @ts-expect-error attributes are required
  placed.add(1);
  // @ts-expect-error `customer.new` is required
  placed.add(1, { channel: 'web', country: 'NL' });
  // @ts-expect-error no such channel
  placed.add(1, { channel: 'phone', country: 'NL', 'customer.new': true });
  // @ts-expect-error no such attribute
  placed.add(1, { channel: 'web', country: 'NL', 'customer.new': true, chanel: 'web' });
  // @ts-expect-error a boolean
  placed.add(1, { channel: 'web', country: 'NL', 'customer.new': 'yes' });
  // @ts-expect-error no such tier
  placed.add(1, { channel: 'web', country: 'NL', 'customer.new': true, tier: 3 });
  // @ts-expect-error a required attribute is not undefined
  placed.add(1, { channel: 'web', country: undefined, 'customer.new': true });
  // @ts-expect-error bound forms have their attributes already
  placed.bind({ channel: 'web', country: 'NL', 'customer.new': true }).add(1, { channel: 'web' });
  // @ts-expect-error a bound form wants the same attributes
  placed.bind({ channel: 'web' });
  // @ts-expect-error a series is removed by all of its attributes
  placed.remove({ channel: 'web' });
  // @ts-expect-error no such attribute
  placed.reserve('town', ['Delft']);
  // @ts-expect-error no such channel
  placed.reserve('channel', ['phone']);
  // @ts-expect-error a counter does not record
  placed.record(1);
  // @ts-expect-error text
  duration.record(1, { 'error.type': 404 });
  // @ts-expect-error this one has no attributes
  open.add(1, { channel: 'web' });
  // @ts-expect-error a gauge is not added to
  price.add(1);
  // @ts-expect-error no such item
  stock.addCallback((result) => result.observe(1, { item: 'spoon' }));
  // @ts-expect-error no such metric
  orders.cancelled;
  // @ts-expect-error cannot be replaced
  orders.open = orders.placed;
}

function wrongDeclarations(): void {
  const metric = { unit: '1', description: 'A metric.' };
  // @ts-expect-error no such kind
  defineMetrics('test', { a: { ...metric, kind: 'summary' } });
  // @ts-expect-error a unit is required
  defineMetrics('test', { a: { kind: 'counter', description: 'A metric.' } });
  // @ts-expect-error a description is required
  defineMetrics('test', { a: { kind: 'counter', unit: '1' } });
  // @ts-expect-error only histograms have buckets
  defineMetrics('test', { a: { ...metric, kind: 'counter', boundaries: [1] } });
  // @ts-expect-error only gauges are merged by a rule
  defineMetrics('test', { a: { ...metric, kind: 'histogram', merge: 'sum' } });
  // @ts-expect-error no such rule
  defineMetrics('test', { a: { ...metric, kind: 'gauge', merge: 'median' } });
  // @ts-expect-error misspelt
  defineMetrics('test', { a: { ...metric, kind: 'histogram', boundarys: [1] } });
  const counter = { ...metric, kind: 'counter' } as const;
  // @ts-expect-error no such type
  defineMetrics('test', { a: { ...counter, attributes: { b: 'date' } } });
  // @ts-expect-error known values are of the type
  defineMetrics('test', { a: { ...counter, attributes: { b: { type: 'number', known: ['1'] } } } });
}

const widened: MetricDeclarations = {
  a: { kind: 'counter', unit: '1', description: 'A metric.', attributes: { b: 'string' } },
};

test('metrics are recorded as their declarations allow', () => {
  assert.doesNotThrow(rightUse);
  assert.equal(typeof wrongUse, 'function');
  assert.equal(typeof wrongDeclarations, 'function');
});

test('declarations that were widened to their general type still make a contract', () => {
  const names = contractOf(defineMetrics('wide', widened))?.metrics.map(({ name }) => name);
  assert.deepEqual(names, ['wide.a']);
});
