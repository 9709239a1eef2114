import assert from 'node:assert/strict';
import { test } from 'node:test';
import { select, value } from '../../harness/samples.ts';
import { until } from '../../harness/until.ts';
import { createFleet, joined, sumOf } from './helpers/fleet.ts';

const MIB = 2 ** 20;

test('exponential histograms of two processes are one, in bounded memory, from 5e-324 to 1e308', async (t) => {
  const fleet = await createFleet(t, { PITOT_EXPONENTIAL_HISTOGRAMS: 'took' });
  const fast = await joined(await fleet.start());
  const slow = await joined(await fleet.start());
  let recorded = 0;
  const record = async (low: number, high: number) => {
    await Promise.all([fast.ask(`/add?n=${low}`), slow.ask(`/add?n=${encodeURIComponent(high)}`)]);
    recorded += 2;
    return await until(
      async () => {
        const samples = await fleet.scrape();
        return value(samples, 'took_count') === recorded ? samples : undefined;
      },
      { what: `the count of ${recorded} values` },
    );
  };
  for (let i = 0; i < 5; i++) await record(0.01, 0.02);
  const before = sumOf(await fleet.scrape(), 'process_memory_usage_bytes');
  assert.ok(before > 0);
  await record(0.002, 0.04);
  await record(1e-9, 1e9);
  const samples = await record(5e-324, 1e308);
  const buckets = select(samples, 'took_bucket');
  assert.ok(buckets.length <= 162, `${buckets.length} buckets`);
  assert.equal(value(samples, 'took_bucket', { le: '+Inf' }), recorded);
  const after = sumOf(await fleet.scrape(), 'process_memory_usage_bytes');
  assert.ok(after - before < 10 * MIB, `${Math.round((after - before) / MIB)} MiB more`);
});
