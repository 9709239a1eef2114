import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { recorder } from '../../../src/app/record/global.ts';
import { warningsOf } from '../record/helpers/warnings.ts';
import { bridgedRegistry, client } from './helpers/bridged.ts';
import { scraped } from './helpers/scraped.ts';

test('a metric whose collect() fails keeps its last values, and others are not affected', async (t) => {
  const warnings = warningsOf(t);
  const registry = bridgedRegistry(t);
  let failing = false;
  const collect = function (this: { set(value: number): void }) {
    if (failing) throw new Error('no connection');
    this.set(1);
  };
  new client.Gauge({ name: 'at_once', help: 'help', registers: [registry], collect });
  new client.Gauge({
    name: 'later',
    help: 'help',
    registers: [registry],
    async collect() {
      await pause(3);
      collect.call(this);
    },
  });
  const fine = new client.Gauge({ name: 'fine', help: 'help', registers: [registry] });
  const seen = async () => (await scraped()).samples.map(({ name, value }) => [name, value]);
  fine.set(1);
  assert.deepEqual(await seen(), [
    ['at_once', 1],
    ['later', 1],
    ['fine', 1],
  ]);
  failing = true;
  for (const value of [2, 3]) {
    fine.set(value);
    assert.deepEqual(await seen(), [
      ['at_once', 1],
      ['later', 1],
      ['fine', value],
    ]);
  }
  assert.equal(warnings.length, 2, warnings.join('\n'));
  assert.match(String(warnings[0]), /'at_once' could not be read \(no connection\)/);
});

test('a metric whose collect() never ends delays a collection by the timeout at most', async (t) => {
  // Nothing of the bridge's own keeps a process alive.
  const alive = setInterval(() => {}, 1000);
  t.after(() => clearInterval(alive));
  const registry = bridgedRegistry(t);
  let asked = 0;
  new client.Gauge({
    name: 'never',
    help: 'help',
    registers: [registry],
    collect() {
      asked++;
      return new Promise<void>(() => {});
    },
  });
  const fine = new client.Gauge({ name: 'fine', help: 'help', registers: [registry] });
  for (const value of [1, 2, 3]) {
    fine.set(value);
    const { samples } = await scraped();
    assert.deepEqual(samples.find(({ name }) => name === 'fine')?.value, value);
  }
  assert.equal(asked, 1);
});

test('an asynchronous collect() that is late is told once, and the next scrape has its value', async (t) => {
  const warnings = warningsOf(t);
  const registry = bridgedRegistry(t);
  let set = () => {};
  new client.Gauge({
    name: 'slow',
    help: 'help',
    registers: [registry],
    async collect() {
      await new Promise<void>((resolve) => {
        set = resolve;
      });
      this.set(7);
    },
  });
  const seen = async () => (await scraped()).samples.map(({ value }) => value);
  assert.deepEqual(await seen(), []);
  set();
  await pause(1);
  assert.deepEqual(await seen(), [7]);
  assert.equal(warnings.length, 1, warnings.join('\n'));
  assert.match(String(warnings[0]), /collect\(\) of the bridged metric 'slow' takes longer than 200 ms/);
});

test('reading a large registry yields to other work', async (t) => {
  const registry = bridgedRegistry(t);
  const labelNames = ['a'];
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
    const histogram = new client.Histogram({ name, help: 'help', labelNames, registers: [registry] });
    for (let i = 0; i < 1900; i++) histogram.observe({ a: `${i}` }, 1);
  }
  let turns = 0;
  let isReading = true;
  const turn = () => {
    turns++;
    if (isReading) setImmediate(turn);
  };
  setImmediate(turn);
  await recorder.observe(10_000);
  isReading = false;
  assert.ok(turns > 1, `${turns} turns`);
});
