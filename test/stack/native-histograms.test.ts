import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { RELEASES, released, skipWithout } from '../harness/programs.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import { startService } from '../harness/service.ts';

/** Values over five powers of ten, in an order that is none. */
const VALUES = Array.from({ length: 2000 }, (_, i) => 0.001 * 10 ** (((i * 7919) % 2000) / 400));
/** 160 buckets hold five powers of ten at this scale: each bound is 2^(1/8) times the one before. */
const BUCKET_FACTOR = 2 ** (1 / 8);

function quantile(q: number): number {
  const sorted = VALUES.toSorted((a, b) => a - b);
  return sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN;
}

for (const release of RELEASES) {
  const named = `a real Prometheus, ${release}`;
  const skip = skipWithout(released('prometheus', release));

  describe(`${named} that asks for native histograms`, { skip }, () => {
    const lifetime = lifetimeOfSuite();
    let prometheus: Prometheus;

    before(async () => {
      const service = await startService(lifetime, {
        args: ['test/e2e/fixtures/native.mjs', JSON.stringify(VALUES)],
      });
      const { host } = await service.endpoint();
      prometheus = await startPrometheus(lifetime, {
        scrapeConfigs: [{ job_name: 'native', static_configs: [{ targets: [host] }] }],
        histograms: 'native',
        release,
      });
      await prometheus.scraped('native');
    });

    async function answerTo(promql: string): Promise<number> {
      const [first, ...others] = await prometheus.query(promql);
      assert.equal(others.length, 0, promql);
      return first?.value ?? assert.fail(`nothing for ${promql}`);
    }

    test('has quantiles to within the width of a bucket', async () => {
      for (const q of [0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1]) {
        const found = await answerTo(`histogram_quantile(${q}, work_duration_seconds)`);
        const error = found / quantile(q);
        assert.ok(error < BUCKET_FACTOR && error > 1 / BUCKET_FACTOR, `${q}: ${found} for ${quantile(q)}`);
      }
    });

    test('has the exact count and sum', async () => {
      assert.equal(await answerTo('histogram_count(work_duration_seconds)'), VALUES.length);
      const sum = VALUES.reduce((a, b) => a + b, 0);
      assert.ok(Math.abs((await answerTo('histogram_sum(work_duration_seconds)')) / sum - 1) < 1e-9);
      assert.deepEqual(await prometheus.query('work_duration_seconds_bucket'), []);
    });

    test('has all other metrics from the same scrape', async () => {
      assert.equal(await answerTo('work_done_total'), VALUES.length);
      assert.equal(await answerTo('work_size_bytes_count'), VALUES.length);
      const below = VALUES.filter((value) => value <= 10).length;
      assert.equal(await answerTo('work_size_bytes_bucket{le="10.0"}'), below);
      assert.equal(await answerTo('count(target_info)'), 1);
    });
  });

  describe(`${named} that does not`, { skip }, () => {
    const lifetime = lifetimeOfSuite();

    test('has classic buckets, and quantiles to within their width', async () => {
      const service = await startService(lifetime, {
        args: ['test/e2e/fixtures/native.mjs', JSON.stringify(VALUES)],
      });
      const { host } = await service.endpoint();
      const prometheus = await startPrometheus(lifetime, {
        release,
        scrapeConfigs: [{ job_name: 'classic', static_configs: [{ targets: [host] }] }],
      });
      await prometheus.scraped('classic');
      // A bucket to every doubling.
      const factor = 2;
      for (const q of [0.01, 0.5, 0.95, 1]) {
        const [found] = await prometheus.query(`histogram_quantile(${q}, work_duration_seconds_bucket)`);
        const error = (found?.value ?? 0) / quantile(q);
        assert.ok(error < factor && error > 1 / factor, `${q}: ${found?.value} for ${quantile(q)}`);
      }
    });
  });
}
