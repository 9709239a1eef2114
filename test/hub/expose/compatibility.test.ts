import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COMPATIBILITY,
  type CompatibilityRule,
  exceptionFor,
  FORMAT_NAMES,
} from '../../../docs/conformance/compatibility.ts';
import { TRANSLATION_STRATEGIES, type TranslationStrategy } from '../../../src/naming/naming.ts';
import { start } from '../http/helpers/served.ts';
import {
  counter,
  exemplar,
  exponentialHistogram,
  gauge,
  histogram,
  resourceMetrics,
  START,
  upDownCounter,
} from './helpers/metrics.ts';
import { FORMATS, type FormatName, type Served, scrapeIn } from './helpers/served-formats.ts';

/*
 * Each rule of "Prometheus and OpenMetrics Compatibility" with every strategy in every format, over HTTP. The page
 * docs/conformance.md lists the rules and their exceptions.
 */

const SCOPE = {
  name: 'lib',
  version: '1.2.3',
  schemaUrl: 'https://example.com/1',
  attributes: { 'short.name': 'l' },
};
const EXPONENTIAL = {
  count: 6,
  sum: 12.5,
  scale: 0,
  zeroCount: 1,
  positive: { offset: 0, bucketCounts: [2, 3] },
  negative: { offset: 0, bucketCounts: [] },
};
const METRICS = resourceMetrics(
  { 'service.name': 'shop', 'deployment.environment.name': 'test' },
  {
    scope: SCOPE,
    metrics: [
      counter({ name: 'my.hits', unit: 'By', help: 'Bytes' }, [
        { 'a.b': 'ä' },
        3,
        [exemplar(1, START + 10, 'a')],
      ]),
      counter({ name: 'plain', unit: '{request}' }, [{ 'x.y': 'one', x_y: 'two' }, 1]),
      counter({ name: 'of.delta', delta: true }, [{}, 1]),
      upDownCounter({ name: 'my.open', unit: '{request}' }, [{ yes: true, list: ['p', 1] }, -2]),
      gauge({ name: 'my.load', unit: '1' }, [{}, 0.5]),
      gauge({ name: 'my.flow', unit: 'By/s' }, [{}, 7]),
      gauge({ name: 'twice', help: 'First' }, [{}, 1]),
      histogram({ name: 'my.wait', unit: 's' }, [
        {},
        { boundaries: [1, 2], counts: [3, 0, 7], sum: 9 },
        [exemplar(0.5, START + 10, 'b')],
      ]),
      histogram({ name: 'no.sum', unit: 's' }, [{}, { boundaries: [1], counts: [1, 1] }]),
      exponentialHistogram({ name: 'my.size', unit: 'By' }, [{}, EXPONENTIAL]),
    ],
  },
  { scope: { name: 'other' }, metrics: [gauge({ name: 'twice', help: 'Second' }, [{}, 2])] },
);

interface Cell {
  readonly served: Served;
  readonly strategy: TranslationStrategy;
  readonly format: FormatName;
}

const NO_LABELS: Readonly<Record<string, string>> = {};
const IDS = { trace_id: 'a'.repeat(32), span_id: 'a'.repeat(16) };

const hasSuffixes = ({ strategy }: Cell) => strategy.endsWith('WithSuffixes');
/** Whether names keep their dots: the strategy leaves them, and the format can tell so. */
const hasDots = ({ strategy, format }: Cell) =>
  (strategy === 'NoTranslation' || strategy === 'NoUTF8EscapingWithSuffixes') &&
  format !== 'PrometheusText0.0.4' &&
  format !== 'OpenMetricsText0.0.1';
const spelled = (cell: Cell, name: string) => (hasDots(cell) ? name : name.replaceAll('.', '_'));
/** A name with what the strategy adds to it. */
const named = (cell: Cell, name: string, suffix = '') =>
  spelled(cell, name) + (hasSuffixes(cell) ? suffix : '');

const samples = ({ served }: Cell) => served.families.flatMap((family) => family.samples);
const samplesOf = (cell: Cell, name: string) => samples(cell).filter((one) => one.name === name);
const family = (cell: Cell, ...names: string[]) =>
  cell.served.families.find(({ name }) => names.includes(name));
const isServed = (cell: Cell, name: string) => samplesOf(cell, name).length > 0;
const hits = (cell: Cell) => named(cell, 'my.hits', '_bytes_total');
const familyOfHits = (cell: Cell) => family(cell, hits(cell), named(cell, 'my.hits', '_bytes'));
const size = (cell: Cell) => named(cell, 'my.size', '_bytes');

/** Whether a scraper sees what the rule says. */
const CHECKS: Readonly<Record<keyof typeof COMPATIBILITY, (cell: Cell) => boolean>> = {
  name: (cell) => isServed(cell, hits(cell)) && isServed(cell, named(cell, 'my.load', '_ratio')),
  unitSuffix: (cell) =>
    !hasSuffixes(cell) ||
    (isServed(cell, hits(cell)) &&
      isServed(cell, `${spelled(cell, 'my.flow')}_bytes_per_second`) &&
      isServed(cell, spelled(cell, 'my.open'))),
  ratioSuffix: (cell) => isServed(cell, named(cell, 'my.load', '_ratio')),
  totalSuffix: (cell) => isServed(cell, named(cell, 'plain', '_total')),
  unit: (cell) => familyOfHits(cell)?.unit === 'bytes',
  help: (cell) => familyOfHits(cell)?.help === 'Bytes',
  type: (cell) =>
    familyOfHits(cell)?.type === 'counter' &&
    family(cell, spelled(cell, 'my.open'))?.type === 'gauge' &&
    family(cell, named(cell, 'my.load', '_ratio'))?.type === 'gauge' &&
    family(cell, named(cell, 'my.wait', '_seconds'))?.type === 'histogram',
  oneFamily: (cell) => {
    const found = cell.served.families.filter(({ name }) => name === 'twice');
    return found.length === 1 && found[0]?.help === 'First' && samplesOf(cell, 'twice').length === 2;
  },
  scopeLabels: (cell) => {
    const [{ labels } = { labels: NO_LABELS }] = samplesOf(cell, hits(cell));
    const wanted = {
      otel_scope_name: 'lib',
      otel_scope_version: '1.2.3',
      otel_scope_schema_url: 'https://example.com/1',
      [`otel_scope_${spelled(cell, 'short.name')}`]: 'l',
    };
    return Object.entries(wanted).every(([name, value]) => labels[name] === value);
  },
  monotonic: (cell) => samplesOf(cell, hits(cell))[0]?.value === 3,
  nonMonotonic: (cell) => samplesOf(cell, spelled(cell, 'my.open'))[0]?.value === -2,
  deltas: (cell) => !samples(cell).some(({ name }) => name.startsWith(spelled(cell, 'of.delta'))),
  gauge: (cell) => samplesOf(cell, named(cell, 'my.load', '_ratio'))[0]?.value === 0.5,
  histogram: (cell) => {
    const wait = named(cell, 'my.wait', '_seconds');
    const buckets = samplesOf(cell, `${wait}_bucket`).map(({ labels, value }) => [
      Number(labels.le?.replace('Inf', 'Infinity')),
      value,
    ]);
    return (
      JSON.stringify(buckets.map(([, value]) => value)) === '[3,3,10]' &&
      buckets.at(-1)?.[0] === Number.POSITIVE_INFINITY &&
      samplesOf(cell, `${wait}_sum`)[0]?.value === 9 &&
      samplesOf(cell, `${wait}_count`)[0]?.value === 10
    );
  },
  noSum: (cell) => !isServed(cell, `${named(cell, 'no.sum', '_seconds')}_sum`),
  exponential: (cell) => family(cell, size(cell))?.hasNativeBuckets === true,
  classicExponential: (cell) => {
    const counts = samplesOf(cell, `${size(cell)}_bucket`).map(({ value }) => value);
    return counts.length > 2 && counts.at(-1) === 6;
  },
  counterExemplar: (cell) => {
    const [found] = samplesOf(cell, hits(cell));
    return JSON.stringify(found?.exemplar?.labels) === JSON.stringify(IDS) && found?.exemplar?.value === 1;
  },
  bucketExemplar: (cell) => {
    const [first] = samplesOf(cell, `${named(cell, 'my.wait', '_seconds')}_bucket`);
    return first?.exemplar?.value === 0.5 && first.exemplar.labels.trace_id === 'b'.repeat(32);
  },
  startTime: (cell) =>
    familyOfHits(cell)?.hasStartTimes === true &&
    family(cell, named(cell, 'my.wait', '_seconds'))?.hasStartTimes === true,
  labelNames: (cell) => samplesOf(cell, hits(cell))[0]?.labels[spelled(cell, 'a.b')] === 'ä',
  joinedLabels: (cell) => {
    const [{ labels } = { labels: NO_LABELS }] = samplesOf(cell, named(cell, 'plain', '_total'));
    return hasDots(cell) ? labels['x.y'] === 'one' && labels.x_y === 'two' : labels.x_y === 'one;two';
  },
  labelValues: (cell) => {
    const { labels } = samplesOf(cell, spelled(cell, 'my.open'))[0] ?? {};
    return labels?.yes === 'true' && labels.list === '["p",1]';
  },
  targetInfo: (cell) => {
    const [found] = samplesOf(cell, spelled(cell, 'target_info'));
    return (
      found?.value === 1 &&
      found.labels[spelled(cell, 'service.name')] === 'shop' &&
      found.labels[spelled(cell, 'deployment.environment.name')] === 'test'
    );
  },
};

const RULES: Readonly<Record<string, CompatibilityRule>> = COMPATIBILITY;

test('the page about conformance has the formats that the endpoint serves', () => {
  assert.deepEqual([...FORMAT_NAMES].sort(), Object.keys(FORMATS).sort());
});

for (const strategy of TRANSLATION_STRATEGIES) {
  test(`${strategy}: every format keeps the rules of compatibility with Prometheus, but for documented exceptions`, async (t) => {
    const { port } = await start(t, {
      translationStrategy: strategy,
      collect: async () => ({ resourceMetrics: METRICS, errors: [] }),
    });
    for (const format of FORMAT_NAMES) {
      const cell = { served: await scrapeIn(port, format), strategy, format };
      const kept = Object.entries(CHECKS).map(([rule, check]) => [rule, check(cell)]);
      const expected = Object.entries(RULES).map(([rule, one]) => [
        rule,
        exceptionFor(one, strategy, format) === undefined,
      ]);
      assert.deepEqual(Object.fromEntries(kept), Object.fromEntries(expected), format);
    }
  });
}
