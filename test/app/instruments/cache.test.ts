import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cache } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

const PRICES = { 'cache.name': 'prices' };
const outcome = (name: string) => ({ ...PRICES, 'cache.outcome': name });

test('look-ups are hits unless they are marked as misses, and are timed', async () => {
  const collect = registerStockProvider();
  const prices = new Map([['cup', 5]]);
  const find = (item: string) =>
    cache.lookup({ name: 'prices' }, async (lookup) => {
      const price = prices.get(item);
      if (price === undefined) lookup.miss();
      return price;
    });
  assert.deepEqual([await find('cup'), await find('cup'), await find('plate')], [5, 5, undefined]);
  const broken = cache.lookup({ name: 'prices' }, async () => {
    throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
  });
  await assert.rejects(broken);
  const collected = await collect();
  const expected = [
    [outcome('hit'), 2],
    [outcome('miss'), 1],
    [{ ...outcome('error'), 'error.type': 'ECONNRESET' }, 1],
  ];
  assert.deepEqual(collected.sums('cache.lookups'), expected);
  assert.deepEqual(collected.counts('cache.lookup.duration'), expected);
});

test('a store counts hits, misses and evictions, and tells its size whenever it is asked', async () => {
  const collect = registerStockProvider();
  const entries = new Map<string, number>();
  const prices = cache.store({ name: 'prices', size: () => entries.size });
  for (let i = 0; i < 5; i++) prices.hit();
  prices.miss();
  prices.evicted();
  prices.evicted(3, 'expired');
  entries.set('cup', 5).set('plate', 7);
  const collected = await collect();
  assert.deepEqual(collected.sums('cache.lookups'), [
    [outcome('hit'), 5],
    [outcome('miss'), 1],
  ]);
  assert.deepEqual(collected.sums('cache.evictions'), [
    [PRICES, 1],
    [{ ...PRICES, 'cache.eviction.reason': 'expired' }, 3],
  ]);
  assert.deepEqual(collected.sums('cache.size'), [[PRICES, 2]]);
  entries.delete('cup');
  assert.deepEqual((await collect()).sums('cache.size'), [[PRICES, 1]]);
  prices.stop();
});

test('a failing size leaves the other sizes alone, and none is reported after the end', async () => {
  const collect = registerStockProvider();
  const broken = cache.store({
    name: 'broken',
    size: () => {
      throw new Error('no size today');
    },
  });
  const prices = cache.store({ name: 'prices', size: () => 4 });
  assert.deepEqual((await collect()).sums('cache.size'), [[PRICES, 4]]);
  broken.stop();
  prices.stop();
  const asked = cache.store({ name: 'other', size: () => 1 });
  const names = (await collect()).sums('cache.size').filter(([, value]) => value === 1);
  assert.deepEqual(names, [[{ 'cache.name': 'other' }, 1]]);
  asked.stop();
});

test('numbers of evictions that are none are left out', async () => {
  const collect = registerStockProvider();
  const prices = cache.store({ name: 'prices' });
  for (const count of [-1, 0.5, Number.NaN]) prices.evicted(count);
  assert.deepEqual((await collect()).sums('cache.evictions'), []);
});
