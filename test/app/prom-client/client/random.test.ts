import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import promClient from 'prom-client';
import pitotClient from '../../../../src/prom-client.ts';
import { comparable, scraped, served } from '../helpers/scraped.ts';

/*
 * Random programs against the API, run with prom-client and with pitot/prom-client. Everything that a program can see must
 * be the same: texts to the byte, objects, and errors. pitot's endpoint must have the same families besides.
 */

type Client = typeof promClient;

const KINDS = ['requests_total', 'jobs', 'temperature', 'seconds', 'odd', 'latency'] as const;
type Kind = (typeof KINDS)[number];

interface Step {
  readonly type:
    | 'labels'
    | 'record'
    | 'child'
    | 'remove'
    | 'zero'
    | 'reset'
    | 'again'
    | 'all'
    | 'defaults'
    | 'read';
  readonly metric: Kind;
  readonly method: 'inc' | 'dec' | 'set' | 'observe';
  readonly labels: Readonly<Record<string, unknown>>;
  readonly value: unknown;
  readonly child: number;
}

const labelValue = fc.constantFrom<unknown>('x', 'y', 'ü"\\\n', 1, '1', true, undefined);
const labels = fc.oneof(
  { weight: 9, arbitrary: fc.record({ a: labelValue, b: labelValue }, { requiredKeys: [] }) },
  { weight: 3, arbitrary: fc.record({ b: labelValue, a: labelValue }, { requiredKeys: [] }) },
  { weight: 1, arbitrary: fc.record({ wrong: labelValue }) },
);
const value = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: -3, max: 20 }) },
  { weight: 9, arbitrary: fc.double({ min: -1e3, max: 1e6, noNaN: true }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(undefined, null, Number.NaN, Number.POSITIVE_INFINITY, '5', {}),
  },
);
const step: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom(
    ...([
      'labels',
      'labels',
      'record',
      'record',
      'record',
      'record',
      'child',
      'child',
      'child',
      'child',
    ] as const),
    ...(['remove', 'zero', 'reset', 'again', 'all', 'defaults', 'read'] as const),
  ),
  metric: fc.constantFrom(...KINDS),
  method: fc.constantFrom('inc' as const, 'inc' as const, 'dec' as const, 'set' as const, 'observe' as const),
  labels,
  value,
  child: fc.nat(3),
});

/** A program on one of the libraries. */
class Program {
  readonly registry;
  private readonly client: Client;
  private readonly labelNames: readonly string[];
  private readonly isOpenMetrics: boolean;
  private defaults: object = {};
  // biome-ignore lint/suspicious/noExplicitAny: programs call every method with values of every type
  private metrics: Record<Kind, any>;
  private children: Record<string, (value?: unknown) => void>[] = [];

  constructor(client: Client, labelNames: readonly string[], isOpenMetrics: boolean) {
    this.client = client;
    this.labelNames = labelNames;
    this.isOpenMetrics = isOpenMetrics;
    this.registry = new client.Registry();
    if (isOpenMetrics) this.registry.setContentType(client.openMetricsContentType as never);
    this.metrics = Object.fromEntries(KINDS.map((kind) => [kind, this.create(kind)])) as typeof this.metrics;
  }

  /** The outcome of a step: what it answers, or its error. */
  async run({ type, metric, method, labels, value, child }: Step): Promise<unknown> {
    try {
      const one = this.metrics[metric];
      if (type === 'labels') this.children[child] = one.labels(labels);
      else if (type === 'record') one[methodOf(metric, method)](...this.given(labels, value));
      else if (type === 'child') {
        const bound = this.children[child];
        const name = ['inc', 'observe'].find((known) => bound !== undefined && known in bound);
        if (name !== undefined) bound?.[method in bound ? method : name]?.(value);
      } else if (type === 'remove') one.remove(labels);
      else if (type === 'zero') this.metrics.seconds.zero(this.labelNames.length > 0 ? labels : {});
      else if (type === 'reset') one.reset();
      else if (type === 'again') {
        this.registry.removeSingleMetric(metric);
        this.metrics[metric] = this.create(metric);
      } else if (type === 'all') this.registry.resetMetrics();
      else if (type === 'defaults') {
        this.defaults = typeof value === 'number' ? { c: value, a: 'd' } : {};
        this.registry.setDefaultLabels(this.defaults);
      } else return [await this.registry.metrics(), await this.json()];
    } catch (error) {
      return `${error}`;
    }
    return undefined;
  }

  /** Not with default labels, which prom-client then keeps in the metrics. */
  private async json(): Promise<unknown> {
    if (Object.keys(this.defaults).length > 0) return undefined;
    return JSON.parse(JSON.stringify(await this.registry.getMetricsAsJSON()));
  }

  private given(labels: object, value: unknown): unknown[] {
    return this.labelNames.length > 0 ? [labels, value] : [value];
  }

  // biome-ignore lint/suspicious/noExplicitAny: programs call every method with values of every type
  private create(name: Kind): any {
    const { client, labelNames, registry } = this;
    const options = {
      name,
      help: `Help of\n${name}`,
      labelNames: [...labelNames],
      registers: [registry] as never[],
    };
    switch (name) {
      case 'requests_total':
      case 'jobs':
        return new client.Counter(options);
      case 'temperature':
        return new client.Gauge(options);
      case 'seconds':
        return new client.Histogram({ ...options, buckets: [1, 5, 1000] });
      case 'odd':
        return new client.Histogram({ ...options, buckets: [10, 1, 10, Number.POSITIVE_INFINITY] });
      case 'latency':
        return new client.Summary({
          ...options,
          percentiles: [0.5, 0.9],
          ...(this.isOpenMetrics && { maxAgeSeconds: 60, ageBuckets: 3 }),
        });
    }
  }
}

function methodOf(metric: Kind, method: Step['method']): string {
  if (metric === 'seconds' || metric === 'odd' || metric === 'latency') return 'observe';
  return metric === 'temperature' ? (method === 'observe' ? 'set' : method) : 'inc';
}

for (const isOpenMetrics of [false, true]) {
  for (const labelNames of [['a', 'b'], []]) {
    const kind = `${labelNames.length} labels, ${isOpenMetrics ? 'OpenMetrics' : 'Prometheus text'}`;
    test(`property: a program sees no difference to prom-client (${kind})`, async (t) => {
      t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const theirs = new Program(promClient, labelNames, isOpenMetrics);
          const ours = new Program(pitotClient as unknown as Client, labelNames, isOpenMetrics);
          try {
            for (const one of [...steps, { type: 'read' } as Step]) {
              assert.deepEqual(await ours.run(one), await theirs.run(one));
            }
          } finally {
            ours.registry.clear();
          }
        }),
        { numRuns: 300 },
      );
    });
  }
}

test('property: the endpoint has the families that prom-client would serve', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const theirs = new Program(promClient, ['a', 'b'], false);
      const ours = new Program(pitotClient as unknown as Client, ['a', 'b'], false);
      try {
        for (const one of [...steps.filter(isServedAlike), { type: 'read' } as Step]) {
          await ours.run(one);
          await theirs.run(one);
          if (one.type !== 'read') continue;
          assert.deepEqual(comparable(await scraped()), comparable(await served(theirs.registry as never)));
        }
      } finally {
        ours.registry.clear();
      }
      assert.deepEqual(comparable(await scraped()).samples, {});
    }),
    { numRuns: 300 },
  );
});

/**
 * Not: a counter that NaN was added to, which stays a number on the endpoint; buckets that Prometheus could not read; label
 * values that are shown in two ways; a default for a label that metrics have, which makes two series one.
 */
function isServedAlike({ type, metric, labels, value }: Step): boolean {
  if (metric === 'odd' || Object.values(labels).includes(undefined)) return false;
  return type !== 'defaults' && !Number.isNaN(value) && value !== Number.POSITIVE_INFINITY;
}
