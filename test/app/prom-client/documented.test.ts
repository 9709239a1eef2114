import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Registry } from 'prom-client';
import { bridgePromClient } from '../../../src/app/prom-client/prom-client.ts';
import { LIBRARIES } from './helpers/libraries.ts';
import { comparable, scraped, served } from './helpers/scraped.ts';

/*
 * The statements in prom-client's documentation about its metrics, run through the bridge: pitot serves the same as the
 * library.
 */
for (const { library, client } of LIBRARIES) {
  describe(library, () => {
    const behaves = (
      what: string,
      work: (registry: Registry, same: () => Promise<void>) => Promise<void> | void,
    ) => {
      test(what, async (t) => {
        const registry = new client.Registry();
        const bridge = bridgePromClient(registry);
        t.after(() => bridge.stop());
        const same = async () => {
          // The library's own answer first: metrics that set themselves when they are read may have moved on.
          const expected = comparable(await served(registry));
          assert.deepEqual(comparable(await scraped()), expected);
        };
        await work(registry, same);
        await same();
      });
    };

    behaves('a counter goes up by one or by a value, and is reset', async (registry, same) => {
      const counter = new client.Counter({
        name: 'metric_total',
        help: 'metric_help',
        registers: [registry],
      });
      await same();
      counter.inc();
      counter.inc(10);
      await same();
      counter.reset();
      await same();
      counter.inc(2.5);
    });

    behaves('a gauge is set, goes up and down, and is set to the time', async (registry, same) => {
      const gauge = new client.Gauge({ name: 'metric_name', help: 'metric_help', registers: [registry] });
      gauge.set(10);
      gauge.inc();
      gauge.inc(10);
      gauge.dec();
      gauge.dec(100);
      await same();
      gauge.setToCurrentTime();
      await same();
      gauge.startTimer()();
      await same();
      gauge.set(Number.POSITIVE_INFINITY);
    });

    behaves('a gauge without a number is not there', async (registry, same) => {
      const gauge = new client.Gauge({
        name: 'metric_name',
        help: 'help',
        labelNames: ['a'],
        registers: [registry],
      });
      gauge.set({ a: 'x' }, 1);
      await same();
      gauge.set({ a: 'y' }, Number.NaN);
      const { samples } = await scraped();
      assert.deepEqual(
        samples.map(({ labels }) => labels),
        [{ a: 'x' }],
      );
      gauge.remove('y');
    });

    behaves('metrics collect their values when they are read, at once or later', async (registry) => {
      let reads = 0;
      new client.Gauge({
        name: 'at_once',
        help: 'help',
        registers: [registry],
        collect() {
          this.set(42);
        },
      });
      new client.Counter({
        name: 'later_total',
        help: 'help',
        registers: [registry],
        async collect() {
          await new Promise((resolve) => setTimeout(resolve, 1));
          this.reset();
          this.inc(7);
          reads++;
        },
      });
      const { samples } = await scraped();
      assert.deepEqual(
        samples.map(({ name, value }) => [name, value]),
        [
          ['at_once', 42],
          ['later_total', 7],
        ],
      );
      assert.equal(reads, 1);
    });

    behaves('a histogram counts values by its buckets', async (registry, same) => {
      const histogram = new client.Histogram({
        name: 'metric_name',
        help: 'metric_help',
        buckets: [0.1, 5, 15, 50, 100, 500],
        registers: [registry],
      });
      await same();
      for (const value of [10, 0.1, 0.05, 600, 15, 15.1, 0, -1]) histogram.observe(value);
      await same();
      histogram.startTimer()();
      histogram.reset();
      await same();
      histogram.observe(3);
    });

    behaves('buckets are the usual ones, or made by a rule', (registry) => {
      const { Histogram, linearBuckets, exponentialBuckets } = client;
      new Histogram({ name: 'usual', help: 'help', registers: [registry] }).observe(0.3);
      new Histogram({
        name: 'linear',
        help: 'help',
        buckets: linearBuckets(0, 10, 20),
        registers: [registry],
      }).observe(55);
      new Histogram({
        name: 'growing',
        help: 'help',
        buckets: exponentialBuckets(1, 2, 5),
        registers: [registry],
      }).observe(9);
    });

    behaves('histograms have labels, which are begun at zero, timed, and removed', async (registry, same) => {
      const histogram = new client.Histogram({
        name: 'request_seconds',
        help: 'help',
        labelNames: ['method', 'code'],
        buckets: [0.1, 1],
        registers: [registry],
      });
      histogram.zero({ method: 'GET' });
      histogram.zero({ method: 'POST' });
      await same();
      histogram.observe({ method: 'GET', code: 200 }, 0.05);
      histogram.labels('GET', '200').observe(0.5);
      histogram.labels({ method: 'PUT' }).observe(5);
      const end = histogram.startTimer({ method: 'GET' });
      end({ code: '500' });
      await same();
      histogram.remove('GET', '200');
      await same();
      histogram.observe({ method: 'GET', code: 200 }, 0.05);
    });

    behaves('labels are given as an object or in order, and removed either way', async (registry, same) => {
      const counter = new client.Counter({
        name: 'requests_total',
        help: 'help',
        labelNames: ['method', 'statusCode'],
        registers: [registry],
      });
      await same();
      counter.inc({ method: 'GET', statusCode: '200' });
      counter.labels('GET', '200').inc();
      counter.labels({ statusCode: '500', method: 'POST' }).inc(3);
      counter.inc({ method: 'DELETE' });
      await same();
      counter.remove('GET', '200');
      counter.remove({ method: 'POST', statusCode: '500' });
      await same();
      counter.labels('GET', '200').inc();
      await same();
      counter.reset();
    });

    behaves('values of labels are kept whatever characters they have', (registry) => {
      const gauge = new client.Gauge({
        name: 'odd',
        help: 'a\\b\nc "d"',
        labelNames: ['a', 'b'],
        registers: [registry],
      });
      for (const [i, a] of ['', ' ', '"', '\\', '\n', 'ä', '\u{1f600}', '1|2', '{}', '__proto__'].entries()) {
        gauge.set({ a, b: 'b' }, i);
      }
    });

    behaves('a summary has quantiles, a sum and a count', async (registry, same) => {
      const summary = new client.Summary({
        name: 'latency',
        help: 'help',
        percentiles: [0.01, 0.5, 0.99],
        labelNames: ['method'],
        registers: [registry],
      });
      for (let i = 1; i <= 100; i++) summary.observe({ method: 'GET' }, i);
      summary.labels('POST').observe(5);
      await same();
      summary.reset();
      await same();
      summary.remove('POST');
    });

    behaves('default labels are on all metrics that have none of that name', async (registry, same) => {
      const counter = new client.Counter({
        name: 'requests_total',
        help: 'help',
        labelNames: ['app', 'method'],
        registers: [registry],
      });
      const histogram = new client.Histogram({ name: 'seconds', help: 'help', registers: [registry] });
      counter.inc({ method: 'GET' });
      histogram.observe(1);
      await same();
      registry.setDefaultLabels({ app: 'shop', env: 'test' });
      await same();
      counter.inc({ app: 'own', method: 'GET' });
    });

    behaves('metrics come and go with the registry', async (registry, same) => {
      new client.Counter({ name: 'a_total', help: 'help', registers: [registry] }).inc();
      new client.Gauge({ name: 'b', help: 'help', registers: [registry] }).set(1);
      await same();
      registry.removeSingleMetric('a_total');
      await same();
      registry.clear();
      await same();
      new client.Gauge({ name: 'a_total', help: 'help', registers: [registry] }).set(3);
      await same();
      for (const buckets of [[1, 2], [3]]) {
        registry.removeSingleMetric('seconds');
        new client.Histogram({ name: 'seconds', help: 'help', buckets, registers: [registry] }).observe(2);
        await same();
      }
      registry.resetMetrics();
    });

    behaves('the default metrics of the library are bridged as well', async (registry) => {
      client.collectDefaultMetrics({ register: registry });
      const expected = comparable(await served(registry));
      const found = comparable(await scraped());
      const withValues = Object.keys(expected.families).filter((name) => !name.startsWith('nodejs_gc_'));
      assert.deepEqual(
        Object.keys(found.families)
          .filter((name) => withValues.includes(name))
          .sort(),
        withValues.sort(),
      );
      registry.clear();
    });
  });
}
