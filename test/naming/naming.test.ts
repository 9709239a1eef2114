import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ESCAPINGS, type Escaping } from '../../src/naming/escaping.ts';
import type { MetricKind } from '../../src/naming/names.ts';
import { createNaming, type TranslationStrategy } from '../../src/naming/naming.ts';
import { naming } from '../hub/expose/helpers/hostile.ts';

function family(
  strategy: TranslationStrategy,
  escaping: Escaping,
  [name, unit, kind]: readonly [string, string, MetricKind],
): string | undefined {
  return createNaming(strategy, escaping).family(name, unit, kind);
}

test('the strategies do what the table of the specification says', () => {
  const metric = ['foo.bar', 'By', 'counter'] as const;
  const table: Record<TranslationStrategy, [underscores: string, utf8: string]> = {
    UnderscoreEscapingWithSuffixes: ['foo_bar_bytes_total', 'foo_bar_bytes_total'],
    UnderscoreEscapingWithoutSuffixes: ['foo_bar', 'foo_bar'],
    NoUTF8EscapingWithSuffixes: ['foo_bar_bytes_total', 'foo.bar_bytes_total'],
    NoTranslation: ['foo_bar', 'foo.bar'],
  };
  for (const [strategy, [underscores, utf8]] of Object.entries(table) as [
    TranslationStrategy,
    [string, string],
  ][]) {
    assert.equal(family(strategy, 'underscores', metric), underscores);
    assert.equal(family(strategy, 'allow-utf-8', metric), utf8);
  }
});

test('names that are not plain are escaped as prometheus/common escapes them', () => {
  // From the tests of prometheus/common's model.EscapeName, but for names that are plain, which it leaves alone.
  const cases: [string, Record<Exclude<Escaping, 'allow-utf-8'>, string>][] = [
    [
      'mysystem.prod.west.cpu.load',
      {
        underscores: 'mysystem_prod_west_cpu_load',
        dots: 'mysystem_dot_prod_dot_west_dot_cpu_dot_load',
        values: 'U__mysystem_2e_prod_2e_west_2e_cpu_2e_load',
      },
    ],
    [
      'mysystem.prod.west.cpu.load_total',
      {
        underscores: 'mysystem_prod_west_cpu_load_total',
        dots: 'mysystem_dot_prod_dot_west_dot_cpu_dot_load__total',
        values: 'U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total',
      },
    ],
    [
      'http.status:sum',
      { underscores: 'http_status:sum', dots: 'http_dot_status:sum', values: 'U__http_2e_status:sum' },
    ],
    [
      'label with 😱',
      { underscores: 'label_with__', dots: 'label__with____', values: 'U__label_20_with_20__1f631_' },
    ],
    ['花火', { underscores: '__', dots: '____', values: 'U___82b1__706b_' }],
    [
      'label with Ā',
      { underscores: 'label_with__', dots: 'label__with____', values: 'U__label_20_with_20__100_' },
    ],
    ['0bucket', { underscores: '_bucket', dots: '__bucket', values: 'U___30_bucket' }],
    [
      'no:escaping_required',
      { underscores: 'no:escaping_required', dots: 'no:escaping_required', values: 'no:escaping_required' },
    ],
  ];
  for (const [name, escapes] of cases) {
    for (const [escaping, expected] of Object.entries(escapes) as [Escaping, string][]) {
      assert.equal(family('NoTranslation', escaping, [name, '', 'gauge']), expected);
    }
    assert.equal(family('NoTranslation', 'allow-utf-8', [name, '', 'gauge']), name);
  }
});

test('without underscores suffixes are added as prometheus/otlptranslator adds them', () => {
  const cases: [string, string, MetricKind, string][] = [
    ['system.filesystem.usage', 'By', 'gauge', 'system.filesystem.usage_bytes'],
    ['system.filesystem.usage_bytes', 'By', 'gauge', 'system.filesystem.usage_bytes'],
    ['http.requests', '{request}', 'counter', 'http.requests_total'],
    ['http.requests_total', '', 'counter', 'http.requests_total'],
    ['cpu.utilization', '1', 'gauge', 'cpu.utilization_ratio'],
    ['cpu.time', 's', 'counter', 'cpu.time_seconds_total'],
    ['speed', 'm/s', 'gauge', 'speed_meters_per_second'],
    ['rate_bytes_per_second', 'By/s', 'gauge', 'rate_bytes_per_second'],
    ['größe', '', 'histogram', 'größe'],
    // It would make su_total of the first, and would not add the unit to the second.
    ['subtotal', '', 'counter', 'subtotal_total'],
    ['wait.milliseconds', 's', 'gauge', 'wait.milliseconds_seconds'],
  ];
  for (const [name, unit, kind, expected] of cases) {
    assert.equal(family('NoUTF8EscapingWithSuffixes', 'allow-utf-8', [name, unit, kind]), expected);
  }
});

test('labels keep their names where metrics do, but for a name that the metric itself has', () => {
  const { label } = createNaming('NoTranslation', 'allow-utf-8');
  for (const key of ['http.method', 'a:b', '日本', '1st', 'le']) assert.equal(label(key), key);
  assert.equal(label('__name__'), '_name_');
  assert.equal(createNaming('NoTranslation', 'underscores').label('..name..'), '_name_');
  assert.equal(label(''), '_');
  // Colons are for names of metrics.
  assert.equal(createNaming('NoTranslation', 'underscores').label('a:b'), 'a_b');
  assert.equal(createNaming('NoTranslation', 'values').label('a:b'), 'U__a_3a_b');
});

test('a NUL never reaches the text, where Prometheus would read no further', () => {
  assert.equal(family('NoTranslation', 'allow-utf-8', ['a\0b', '', 'gauge']), 'a_b');
  assert.equal(createNaming('NoTranslation', 'allow-utf-8').label('k\0'), 'k_');
  assert.equal(createNaming('NoTranslation', 'values').label('k\0'), 'U__k_0_');
});

test('a metric without a name has none in any strategy', () => {
  fc.assert(
    fc.property(naming, ({ strategy, escaping }) => {
      assert.equal(family(strategy, escaping, ['', '', 'gauge']), undefined);
    }),
  );
});

test('an escaped name is plain, whatever the name', () => {
  const strategies = fc.constantFrom<TranslationStrategy>('NoTranslation', 'NoUTF8EscapingWithSuffixes');
  const escapings = fc.constantFrom(...ESCAPINGS.filter((escaping) => escaping !== 'allow-utf-8'));
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 1 }),
      strategies,
      escapings,
      (name, strategy, escaping) => {
        const { family: familyOf, label } = createNaming(strategy, escaping);
        assert.match(familyOf(name, 'By', 'counter') ?? '', /^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
        assert.match(label(name), /^[a-zA-Z_][a-zA-Z0-9_]*$/);
      },
    ),
  );
});

test('the scheme that writes characters by their numbers never writes two names alike', () => {
  const { label } = createNaming('NoTranslation', 'values');
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      fc.pre(a !== b && ![a, b].some((name) => name.startsWith('U__') || name === '__name__'));
      assert.notEqual(label(a), label(b));
    }),
    { numRuns: 1000 },
  );
});
