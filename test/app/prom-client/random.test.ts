import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bridgePromClient } from '../../../src/app/prom-client/prom-client.ts';
import { LIBRARIES } from './helpers/libraries.ts';
import { comparable, scraped, served } from './helpers/scraped.ts';

const NAMES = ['requests_total', 'jobs', 'temperature', 'seconds', 'latency'] as const;

type Labels = Readonly<Record<string, string | number>>;

type Step =
  | {
      readonly type: 'record';
      readonly metric: (typeof NAMES)[number];
      readonly labels: Labels;
      readonly value: number;
    }
  | { readonly type: 'remove' | 'zero'; readonly metric: (typeof NAMES)[number]; readonly labels: Labels }
  | { readonly type: 'reset'; readonly metric: (typeof NAMES)[number] }
  | { readonly type: 'resetAll' | 'compare' }
  | { readonly type: 'default'; readonly labels: Labels };

const metric = fc.constantFrom(...NAMES);
const labels: fc.Arbitrary<Labels> = fc.record(
  { a: fc.constantFrom('x', 'y', 'ü"\\\n'), b: fc.constantFrom('1', '2', 200) },
  { requiredKeys: [] },
);
// A default for a label that metrics have would make two series one, which the library serves twice.
const defaults: fc.Arbitrary<Labels> = fc.record({ c: fc.constantFrom('p', 'q') }, { requiredKeys: [] });
const value = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.double({ min: 0, max: 1e6, noNaN: true }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ type: fc.constant('record' as const), metric, labels, value }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constantFrom('remove' as const, 'zero' as const), metric, labels }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reset' as const), metric }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('resetAll' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('default' as const), labels: defaults }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('compare' as const) }) },
);

for (const { library, client } of LIBRARIES) {
  test(`property: after any operations on metrics of ${library}, the bridge serves the same values as the library`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const registry = new client.Registry();
        const common = { help: 'help', labelNames: ['a', 'b'], registers: [registry] };
        const metrics = {
          requests_total: new client.Counter({ ...common, name: 'requests_total' }),
          jobs: new client.Counter({ ...common, name: 'jobs' }),
          temperature: new client.Gauge({ ...common, name: 'temperature' }),
          seconds: new client.Histogram({ ...common, name: 'seconds', buckets: [1, 5, 1000] }),
          latency: new client.Summary({ ...common, name: 'latency', percentiles: [0.5, 0.9] }),
        };
        const record = (name: (typeof NAMES)[number], given: Labels, amount: number) => {
          if (name === 'seconds' || name === 'latency') metrics[name].observe(given, amount);
          else if (name === 'temperature') metrics[name].set(given, amount - 5);
          else metrics[name].inc(given, amount);
        };
        const bridge = bridgePromClient(registry);
        const compare = async () => {
          const expected = comparable(await served(registry));
          assert.deepEqual(comparable(await scraped()), expected);
        };
        for (const one of steps) {
          if (one.type === 'record') record(one.metric, one.labels, one.value);
          else if (one.type === 'remove') metrics[one.metric].remove(one.labels);
          else if (one.type === 'zero') metrics.seconds.zero(one.labels);
          else if (one.type === 'reset') metrics[one.metric].reset();
          else if (one.type === 'resetAll') registry.resetMetrics();
          else if (one.type === 'default') registry.setDefaultLabels(one.labels);
          else await compare();
        }
        await compare();
        bridge.stop();
      }),
      { numRuns: 150 },
    );
  });
}
