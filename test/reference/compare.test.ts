import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeMetrics } from '../../src/contract/contract.ts';
import { METRIC_KINDS } from '../../src/naming/names.ts';
import { createNaming, DEFAULT_NAMING, TRANSLATION_STRATEGIES } from '../../src/naming/naming.ts';
import { compare, namingOf } from '../../src/reference/compare.ts';
import { parseExposition } from '../../src/reference/exposition.ts';

const contract = describeMetrics('shop', {
  orders: {
    kind: 'counter',
    unit: '{order}',
    description: 'Orders.',
    attributes: {
      channel: ['web', 'app'],
      'item.count': 'number',
      gift: { type: 'boolean', optional: true },
      tier: { values: [1, 2], optional: true },
      'http.route': { type: 'string', optional: true },
    },
  },
  duration: { kind: 'histogram', unit: 's', description: 'Duration.' },
  open: { kind: 'upDownCounter', unit: '{order}', description: 'Open.' },
  level: { kind: 'gauge', unit: '1', description: 'Level.' },
  share: { kind: 'gauge', unit: '1', description: 'Share.', merge: 'sum' },
});
const own = describeMetrics('lib', { calls: { kind: 'counter', unit: '', description: 'Calls.' } });

const AS_DECLARED = {
  target: '# TYPE target_info gauge\ntarget_info{service_name="shop"} 1\n',
  orders: `# TYPE shop_orders_total counter
shop_orders_total{channel="web",item_count="3",otel_scope_name="shop",otel_scope_version="1"} 1
shop_orders_total{channel="app",gift="true",http_route="/a",item_count="1.5",tier="2"} 1
shop_orders_total{otel_metric_overflow="true"} 4
`,
  duration: `# TYPE shop_duration_seconds histogram
shop_duration_seconds_bucket{le="1"} 1
shop_duration_seconds_bucket{le="+Inf"} 1
shop_duration_seconds_sum 1
shop_duration_seconds_count 1
`,
  open: '# TYPE shop_open gauge\nshop_open 1\n',
  level: '# TYPE shop_level_ratio gauge\nshop_level_ratio{process_pid="7"} 0.5\n',
  share: '# TYPE shop_share_ratio gauge\nshop_share_ratio 0.5\n',
};

function differences(changes: Partial<typeof AS_DECLARED> & { readonly more?: string }): [string, string][] {
  const text = Object.values({ ...AS_DECLARED, ...changes }).join('');
  return compare(parseExposition(text), {
    expected: [contract],
    possible: [own],
    naming: DEFAULT_NAMING,
  }).map(({ difference, text }) => [difference, text]);
}

test('an endpoint as declared has no difference, with or without the optional metrics', () => {
  assert.deepEqual(differences({}), []);
  assert.deepEqual(differences({ more: '# TYPE lib_calls_total counter\nlib_calls_total 1\n' }), []);
});

const CASES: readonly [what: string, Parameters<typeof differences>[0], [string, string][]][] = [
  ['a metric is not there', { open: '' }, [['missing', 'shop_open (shop.open) is not served']]],
  [
    'a metric is in no contract',
    { more: '# TYPE other_total counter\nother_total 1\n' },
    [['unknown', 'other_total (counter) is in no contract']],
  ],
  [
    'a name only resembles a declared one',
    { more: '# TYPE shop_duration_by_item_seconds histogram\n' },
    [['unknown', 'shop_duration_by_item_seconds (histogram) is in no contract']],
  ],
  [
    'a metric has another type under its name',
    { open: '# TYPE shop_open histogram\nshop_open_bucket{le="+Inf"} 0\n' },
    [['type', 'shop_open is a histogram, and shop.open is declared as upDownCounter, which is a gauge']],
  ],
  [
    'a metric has no type',
    { open: 'shop_open 1\n' },
    [['type', 'shop_open is a untyped, and shop.open is declared as upDownCounter, which is a gauge']],
  ],
  [
    'a counter is served as an up-down counter',
    { orders: '# TYPE shop_orders gauge\nshop_orders{channel="web",item_count="1"} 1\n' },
    [['type', 'shop_orders is a gauge, and shop.orders is declared as counter, which is a counter']],
  ],
  [
    'a metric has another unit',
    { duration: '# TYPE shop_duration_milliseconds histogram\n' },
    [
      [
        'unit',
        "shop_duration_milliseconds has the name of a metric in 'ms' and should be shop_duration_seconds: " +
          "shop.duration is declared as histogram in 's'",
      ],
    ],
  ],
  [
    'a metric has no unit',
    { duration: '# TYPE shop_duration histogram\n' },
    [
      [
        'unit',
        'shop_duration has the name of a metric in no unit and should be shop_duration_seconds: ' +
          "shop.duration is declared as histogram in 's'",
      ],
    ],
  ],
  [
    'a metric has another unit and another type',
    { duration: '# TYPE shop_duration_milliseconds gauge\n' },
    [
      [
        'unit',
        "shop_duration_milliseconds has the name of a metric in 'ms' and should be shop_duration_seconds: " +
          "shop.duration is declared as histogram in 's'",
      ],
      [
        'type',
        'shop_duration_milliseconds is a gauge, and shop.duration is declared as histogram, which is a histogram',
      ],
    ],
  ],
  [
    'an attribute is not declared, in however many series',
    {
      orders:
        '# TYPE shop_orders_total counter\n' +
        'shop_orders_total{channel="web",item_count="1",user="1"} 1\n' +
        'shop_orders_total{channel="web",item_count="1",user="2"} 1\n',
    },
    [['attribute', 'shop_orders_total has the label user, which no attribute of shop.orders makes']],
  ],
  [
    'a required attribute is not there',
    { orders: '# TYPE shop_orders_total counter\nshop_orders_total{channel="web"} 1\n' },
    [['attribute', 'shop_orders_total has a series without item_count: item.count is required']],
  ],
  [
    'values are not among the declared ones or not of the declared type',
    {
      orders:
        '# TYPE shop_orders_total counter\n' +
        'shop_orders_total{channel="phone",gift="yes",item_count="many",tier="3"} 1\n',
    },
    [
      ['value', 'shop_orders_total has channel="phone", and channel is one of web, app'],
      ['value', 'shop_orders_total has gift="yes", and gift is a boolean'],
      ['value', 'shop_orders_total has item_count="many", and item.count is a number'],
      ['value', 'shop_orders_total has tier="3", and tier is one of 1, 2'],
    ],
  ],
  [
    'a gauge with a rule is not merged',
    { share: '# TYPE shop_share_ratio gauge\nshop_share_ratio{process_pid="7"} 0.5\n' },
    [['attribute', 'shop_share_ratio has the label process_pid, which no attribute of shop.share makes']],
  ],
  [
    'a sum has what only gauges have of a process',
    { open: '# TYPE shop_open gauge\nshop_open{le="1"} 1\n' },
    [['attribute', 'shop_open has the label le, which no attribute of shop.open makes']],
  ],
];

test('an endpoint matches its contracts under any strategy', () => {
  const metrics = contract.metrics.flatMap(({ name, unit, kind }) =>
    kind === 'histogram' ? [] : [{ name, unit, kind }],
  );
  for (const strategy of TRANSLATION_STRATEGIES) {
    const naming = createNaming(strategy, 'underscores');
    const lines = metrics.map(({ name, unit, kind }) => {
      const served = naming.family(name, unit, METRIC_KINDS[kind]);
      const labels = name === 'shop.orders' ? '{channel="web",item_count="3"}' : '';
      return `# TYPE ${served} ${kind === 'counter' ? 'counter' : 'gauge'}\n${served}${labels} 1\n`;
    });
    const families = parseExposition(lines.join(''));
    const found = namingOf(families, [contract, own]);
    const differences = compare(families, { expected: [contract], possible: [own], naming: found });
    assert.deepEqual(
      differences.map(({ text }) => text),
      [`${naming.family('shop.duration', 's', 'histogram')} (shop.duration) is not served`],
    );
  }
});

for (const [what, changes, expected] of CASES) {
  test(`it is a difference when ${what}`, () => {
    assert.deepEqual(differences(changes), expected);
  });
}
