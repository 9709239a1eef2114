import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineMetrics } from '../../src/app/define/define.ts';
import { contractOf, describeMetrics } from '../../src/contract/contract.ts';
import { DEFAULT_NAMING } from '../../src/naming/naming.ts';
import { faultsOf } from '../../src/reference/faults.ts';
import { contractsAsMarkdown } from '../../src/reference/markdown.ts';

const metric = { kind: 'counter', unit: '', description: 'A metric.' } as const;

test('every form of an attribute means the same as its longest form', () => {
  const { metrics } = describeMetrics('a', {
    b: {
      ...metric,
      attributes: {
        any: 'string',
        one: ['x', 'y'],
        mixed: [1, 'auto'],
        few: { values: [1, 2], optional: true, description: 'Few.' },
        known: { type: 'boolean', known: [true] },
      },
    },
  });
  const rest = { isOptional: false, description: '' };
  assert.deepEqual(metrics[0]?.attributes, [
    { ...rest, name: 'any', type: 'string', values: [], isClosed: false },
    { ...rest, name: 'one', type: 'string', values: ['x', 'y'], isClosed: true },
    { ...rest, name: 'mixed', type: undefined, values: [1, 'auto'], isClosed: true },
    { name: 'few', type: 'number', values: [1, 2], isClosed: true, isOptional: true, description: 'Few.' },
    { ...rest, name: 'known', type: 'boolean', values: [true], isClosed: false },
  ]);
});

test('contracts are found in the results of defineMetrics and describeMetrics, and nowhere else', () => {
  const described = describeMetrics('a', { b: metric }, { title: 'A' });
  assert.equal(contractOf(described), described);
  assert.deepEqual(contractOf(defineMetrics('a', { b: metric }, { title: 'A' })), described);
  for (const other of [undefined, null, 1, 'a', {}, { metrics: [] }, () => {}]) {
    assert.equal(contractOf(other), undefined);
  }
});

test('without a namespace the keys are the names', () => {
  assert.equal(describeMetrics('', { 'a.b': metric }).metrics[0]?.name, 'a.b');
});

const WRONG: readonly [what: string, Parameters<typeof describeMetrics>[1], faults: string[]][] = [
  [
    'name',
    { 'b c': metric },
    ["a.b c is no name: a letter, then up to 254 letters, digits, '_', '.', '-' or '/'"],
  ],
  ['description', { b: { ...metric, description: ' ' } }, ['a.b has no description']],
  [
    'boundaries',
    { b: { ...metric, kind: 'histogram', boundaries: [1, 1] } },
    ['a.b has the boundaries 1, 1, which must be finite and ascend'],
  ],
  [
    'limit',
    { b: { ...metric, seriesLimit: 0 } },
    ['a.b has the series limit 0, which must be a positive integer'],
  ],
  [
    'label of the format',
    { b: { ...metric, attributes: { le: 'string', 'otel.metric.overflow': 'string' } } },
    [
      'a.b has the attribute le, whose label is reserved',
      'a.b has the attribute otel.metric.overflow, whose label is reserved',
    ],
  ],
  [
    'set of values',
    { b: { ...metric, attributes: { c: [] } } },
    ['a.b has the attribute c, which can have no value'],
  ],
  [
    'pair of attributes',
    { b: { ...metric, attributes: { 'c.d': 'string', c_d: 'string' } } },
    ['a.b has attributes that are one label c_d: c.d, c_d'],
  ],
  [
    'pair of names',
    { 'b.c': metric, b_c: { ...metric, unit: '{thing}' } },
    ['a.b.c, a.b_c: 2 metrics are a_b_c_total in Prometheus'],
  ],
];

for (const [what, declarations, faults] of WRONG) {
  test(`a ${what} that cannot be served as intended is a fault`, () => {
    assert.deepEqual(faultsOf([describeMetrics('a', declarations)], DEFAULT_NAMING), faults);
  });
}

test('the same metric in two contracts is a fault', () => {
  const contract = () => describeMetrics('a', { b: metric });
  assert.equal(faultsOf([contract(), contract()], DEFAULT_NAMING).length, 1);
});

test('the reference has a row for each metric and each attribute, and lines for rare properties', () => {
  const route = { type: 'string', description: 'As a template.' } as const;
  const markdown = contractsAsMarkdown(
    [
      describeMetrics(
        'shop',
        {
          orders: {
            ...metric,
            unit: '{order}',
            attributes: { route, channel: ['web', 'a|b'] },
            seriesLimit: 9,
          },
          duration: {
            kind: 'histogram',
            unit: 's',
            description: 'How long.',
            attributes: { route, retry: { type: 'boolean', optional: true } },
            boundaries: [0.5, 1],
          },
          level: { kind: 'gauge', unit: '1', description: 'How full.', merge: 'max' },
        },
        { title: 'The shop', introduction: 'Everything it sells.' },
      ),
      describeMetrics('bare', { active: { ...metric, kind: 'observableUpDownCounter' } }),
    ],
    DEFAULT_NAMING,
  );
  assert.equal(
    markdown,
    `## The shop

Everything it sells.

| Metric | In Prometheus | Kind | Unit | Attributes | Meaning |
|---|---|---|---|---|---|
| \`shop.orders\` | \`shop_orders_total\` | counter | \`{order}\` | \`route\`, \`channel\` | A metric. |
| \`shop.duration\` | \`shop_duration_seconds\` | histogram | \`s\` | \`route\`, \`retry\`? | How long. |
| \`shop.level\` | \`shop_level_ratio\` | gauge | \`1\` |  | How full. |

| Attribute | Values | Meaning |
|---|---|---|
| \`route\` | text | As a template. |
| \`channel\` | \`web\`, \`a\\|b\` |  |
| \`retry\` | true or false |  |

- \`shop.orders\`: at most 9 series.
- \`shop.duration\`: bucket bounds 0.5, 1.
- \`shop.level\`: several processes are merged to the largest.

## bare

| Metric | In Prometheus | Kind | Unit | Attributes | Meaning |
|---|---|---|---|---|---|
| \`bare.active\` | \`bare_active\` | up-down counter |  |  | A metric. |
`,
  );
});
