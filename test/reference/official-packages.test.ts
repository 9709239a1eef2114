import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { Attributes } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { Histogram, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import {
  type Aspect,
  OFFICIAL,
  OFFICIAL_TEXT,
  type OfficialMetric,
  type OfficialText,
  type TextAspect,
} from '../../docs/conformance/official.ts';
import {
  counter,
  exponentialHistogram,
  gauge,
  histogram,
  resourceMetrics,
  scope,
  upDownCounter,
} from '../hub/expose/helpers/metrics.ts';
import { bodyOf } from '../hub/expose/helpers/translated.ts';

/*
 * The official packages in whose place pitot has its own sources, beside these sources in one process. The page
 * docs/conformance.md lists every metric of theirs, and why pitot's differs where it does.
 */

type Measured = MetricData & { readonly scope: string };
interface Collected {
  readonly official: readonly Measured[];
  readonly own: readonly Measured[];
}

/** How attributes of a package are spelled by the conventions of today. `undefined`: pitot has no such series. */
const TODAY: Readonly<Record<string, (attributes: Attributes) => Attributes | undefined>> = {
  'process.cpu.time': ({ 'process.cpu.state': mode }) => ({ 'cpu.mode': mode }),
  'process.cpu.utilization': ({ 'process.cpu.state': mode }) => ({ 'cpu.mode': mode }),
  // The package's `interrupt` has no soft interrupts.
  'system.cpu.time': ({ 'system.cpu.state': mode }) =>
    mode === 'interrupt' ? undefined : { 'cpu.mode': mode },
  'system.memory.usage': (attributes) =>
    attributes['system.memory.state'] === 'free' ? undefined : attributes,
  'system.memory.utilization': (attributes) =>
    attributes['system.memory.state'] === 'free' ? undefined : attributes,
  'system.network.dropped': interfaceOf,
  'system.network.errors': interfaceOf,
  'system.network.io': interfaceOf,
};

function interfaceOf({ 'system.device': name, ...attributes }: Attributes): Attributes {
  return { ...attributes, 'network.interface.name': name };
}

/** How far values may be apart that are read a moment after each other, besides a tenth. */
const SLACK: readonly (readonly [prefix: string, slack: number])[] = [
  ['nodejs.eventloop.delay', 0.02],
  ['nodejs.eventloop', 0.2],
  ['v8js.gc', 3],
  ['v8js.memory', 2 ** 24],
  ['v8js.resource', 1],
  ['process.cpu', 0.5],
  ['process.memory', 2 ** 25],
  ['system.cpu', 2],
  ['system.memory.usage', 2 ** 28],
  ['system.memory.utilization', 0.1],
  ['system.network', 2 ** 20],
];

function metricIn(metrics: readonly Measured[], name: string): Measured | undefined {
  return metrics.find(({ descriptor }) => descriptor.name === name);
}

function kindOf({ dataPointType, ...rest }: Measured): string {
  return `${dataPointType} ${'isMonotonic' in rest ? rest.isMonotonic : ''}`;
}

function keyOf(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).sort());
}

/** Values by attributes: those of a histogram are the recordings since the metric before. */
function valuesOf(
  metric: Measured,
  earlier: Measured | undefined,
  spelled: (attributes: Attributes) => Attributes | undefined = (attributes) => attributes,
): Map<string, number> {
  const values = new Map<string, number>();
  const countsOf = (one: Measured | undefined) =>
    new Map((one?.dataPoints ?? []).map(({ attributes, value }) => [keyOf(attributes), numberOf(value)]));
  const since = metric.dataPointType === 0 ? countsOf(earlier) : new Map<string, number>();
  for (const { attributes, value } of metric.dataPoints) {
    const known = spelled(attributes);
    if (known === undefined) continue;
    const key = keyOf(known);
    const own = numberOf(value) - (since.get(keyOf(attributes)) ?? 0);
    values.set(key, (values.get(key) ?? 0) + own);
  }
  return values;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : (value as Histogram).count;
}

function areNear(name: string, a: number, b: number): boolean {
  const slack = SLACK.find(([prefix]) => name.startsWith(prefix))?.[1] ?? 0;
  return Math.abs(a - b) <= Math.max(slack, slack === 0 ? 0 : 0.1 * Math.abs(a));
}

/** The aspects in which pitot's metric differs. A value is compared where the page gives no reason for another. */
function differencesOf(
  { metric: name, own: ownName = name, differences }: OfficialMetric,
  collected: { readonly before: Collected; readonly after: Collected },
): Aspect[] {
  const theirs = metricIn(collected.after.official, name);
  const ours = metricIn(collected.after.own, ownName);
  if (theirs === undefined) {
    // The package reports the interface of the default route, if there is one.
    assert.match(name, /^system\.network\./, `the package has no ${name}`);
    return Object.keys(differences ?? {}) as Aspect[];
  }
  assert.ok(ours !== undefined, `pitot has no ${ownName}`);
  const earlier = [metricIn(collected.before.official, name), metricIn(collected.before.own, ownName)];
  const values = valuesOf(theirs, earlier[0], TODAY[name]);
  const ownValues = valuesOf(ours, earlier[1]);
  const keys = (metric: Measured) =>
    [...new Set(metric.dataPoints.map(({ attributes }) => keyOf(attributes)))].sort().join();
  const isEqual = [...values].every(([key, value]) => areNear(name, value, ownValues.get(key) ?? Number.NaN));
  const differing: [Aspect, boolean][] = [
    ['name', name !== ownName],
    ['unit', theirs.descriptor.unit !== ours.descriptor.unit],
    ['kind', kindOf(theirs) !== kindOf(ours)],
    ['attributes', keys(theirs) !== keys(ours)],
    ['value', differences?.value !== undefined || !isEqual],
  ];
  return differing.filter(([, differs]) => differs).map(([aspect]) => aspect);
}

describe('the official packages and pitot measure the same in one process', () => {
  let collected: { readonly before: Collected; readonly after: Collected };

  before(async () => {
    const program = join(import.meta.dirname, 'programs/official-beside-own.ts');
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program], {
      maxBuffer: 2 ** 26,
    });
    collected = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  });

  for (const { name, metrics } of OFFICIAL) {
    test(`${name}: each metric has the same name, unit, kind, attributes and value, or the page says why not`, () => {
      const found = metrics.map((metric) => [metric.metric, differencesOf(metric, collected)]);
      const expected = metrics.map(({ metric, differences = {} }) => [metric, Object.keys(differences)]);
      assert.deepEqual(found, expected);
    });

    test(`${name}: the page lists all of its metrics`, () => {
      const theirs = collected.after.official.filter(({ scope: one }) => one === name);
      const listed = metrics.map(({ metric }) => metric);
      const unlisted = theirs.map(({ descriptor }) => descriptor.name).filter((one) => !listed.includes(one));
      assert.deepEqual(unlisted, []);
    });
  }
});

const EXPONENTIAL = {
  count: 6,
  sum: 12.5,
  scale: 0,
  zeroCount: 1,
  positive: { offset: 0, bucketCounts: [2, 3] },
  negative: { offset: 0, bucketCounts: [] },
};
const help = 'Help';
const of = (metric: MetricData) => resourceMetrics({ 'service.name': 'shop' }, scope('lib', metric));

const SHAPES: Readonly<Record<keyof typeof OFFICIAL_TEXT, ResourceMetrics>> = {
  counter: of(counter({ name: 'my.hits', unit: 'By', help }, [{ 'a.b': 'ä"\n' }, 3])),
  plainCounter: of(counter({ name: 'my.hits', help }, [{}, 3], [{ a: 'b' }, 4.5])),
  undescribed: of(counter({ name: 'my.hits' }, [{}, 3])),
  joined: of(counter({ name: 'my.hits', help }, [{ 'x.y': 'one', x_y: 'two' }, 3])),
  upDownCounter: of(upDownCounter({ name: 'my.open', help }, [{}, -2])),
  values: of(gauge({ name: 'my.load', help }, [{ yes: true, list: ['p', 1], n: 1.5 }, 1])),
  gauge: of(gauge({ name: 'my.load', help }, [{}, Number.NaN], [{ a: 'b' }, Number.POSITIVE_INFINITY])),
  ratio: of(gauge({ name: 'my.load', unit: '1', help }, [{}, 0.5])),
  scopes: resourceMetrics(
    { 'service.name': 'shop' },
    scope('one', gauge({ name: 'my.load', help }, [{}, 1])),
    scope('two', gauge({ name: 'my.load', help }, [{}, 2])),
  ),
  histogram: of(histogram({ name: 'wait', help }, [{}, { boundaries: [1, 2], counts: [3, 0, 7], sum: 9 }])),
  noSum: of(histogram({ name: 'wait', help }, [{ a: 'b' }, { boundaries: [1], counts: [3, 7] }])),
  exponential: of(exponentialHistogram({ name: 'size', help }, [{}, EXPONENTIAL])),
  resource: resourceMetrics({ 'service.name': 'shop', 'host.id': 'x' }),
  noResource: resourceMetrics({}),
};

/** The statements of a body, by aspect, each as sorted texts to compare. */
function aspectsOf(body: string): Readonly<Record<TextAspect, readonly string[]>> {
  const aspects: Record<TextAspect, string[]> = {
    name: [],
    type: [],
    help: [],
    unit: [],
    labels: [],
    value: [],
  };
  for (const line of body.split('\n').filter((one) => one !== '')) {
    const [, keyword, name = '', text = ''] = /^# (TYPE|HELP|UNIT) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === 'TYPE') {
      aspects.name.push(name);
      aspects.type.push(text);
    } else if (keyword === 'HELP') aspects.help.push(text);
    else if (keyword === 'UNIT') aspects.unit.push(text);
    else if (!line.startsWith('#')) {
      const [, pairs = '', value = ''] = /^[^{ ]+(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      aspects.labels.push([...pairs.matchAll(/\w+="(?:[^"\\]|\\.)*"/g)].map(String).sort().join());
      aspects.value.push(value);
    }
  }
  for (const texts of Object.values(aspects)) texts.sort();
  return aspects;
}

const TEXTS: Readonly<Record<string, OfficialText>> = OFFICIAL_TEXT;

for (const [key, input] of Object.entries(SHAPES)) {
  const { shape, differences = {} } = TEXTS[key]!;
  test(`@opentelemetry/exporter-prometheus: ${shape} is the same text, or the page says why not`, () => {
    const theirs = aspectsOf(new PrometheusSerializer().serialize(input));
    const ours = aspectsOf(bodyOf(input));
    const differing = (Object.keys(theirs) as TextAspect[]).filter((aspect) => {
      return theirs[aspect].join('\n') !== ours[aspect].join('\n');
    });
    assert.deepEqual(differing.sort(), Object.keys(differences).sort());
  });
}
