import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import { type GivenHistogram, histogram } from '../expose/helpers/metrics.ts';
import { sampled } from './helpers/ring.ts';

/** The operations of a time in the past, as a route's view shows them beside a stall. */

const BEGIN = 1_800_000_000_000;

/** Ten SELECTs of 5 ms in each of the first 30 samples, which take a minute; then one UPDATE in each of 30 more. */
function twoMinutes() {
  const service = sampled();
  for (let tick = 0; tick <= 60; tick++) {
    const [selects, updates] = [10 * Math.min(tick, 30), Math.max(0, tick - 30)];
    const series = (operation: string, count: number): [Attributes, GivenHistogram] => [
      { 'db.system.name': 'postgresql', 'db.operation.name': operation },
      { boundaries: [0.004, 0.006], counts: [0, count, 0], sum: count * 0.005 },
    ];
    service.tick(
      histogram(
        { name: 'db.client.operation.duration', unit: 's' },
        series('SELECT', selects),
        series('UPDATE', updates),
      ),
    );
  }
  return service.ring;
}

test('each query of a time in the past has its rate and its durations in that time', () => {
  const ring = twoMinutes();
  const past = (from: number, to: number) => ring.pastRows('database', BEGIN + from, BEGIN + to);
  const early = past(12_000, 38_000);
  assert.deepEqual(
    [early?.from, early?.to],
    [BEGIN + 10_000, BEGIN + 40_000],
    'whole columns of ten seconds',
  );
  assert.deepEqual(
    early?.rows.map(({ key, rate, mean, total }) => [key[1], rate, mean?.toFixed(6), total]),
    [['SELECT', 5, '0.005000', 300]],
  );
  assert.deepEqual(
    past(80_000, 100_000)?.rows.map(({ key, rate }) => [key[1], rate]),
    [['UPDATE', 0.5]],
  );
  assert.deepEqual(
    past(0, 1_000_000)
      ?.rows.map(({ key }) => key[1])
      .toSorted(),
    ['SELECT', 'UPDATE'],
  );
});

test('a time before the history has no queries, and sections without a past have none at all', () => {
  const ring = twoMinutes();
  assert.deepEqual(ring.pastRows('database', BEGIN - 60_000, BEGIN - 30_000)?.rows, []);
  assert.equal(ring.pastRows('http', BEGIN, BEGIN + 60_000), undefined);
});
