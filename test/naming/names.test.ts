import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { familyName, labelName, type MetricKind, unitName } from '../../src/naming/names.ts';

function assertNames(cases: readonly (readonly [string, string, MetricKind, string | undefined])[]): void {
  for (const [name, unit, kind, expected] of cases) {
    assert.equal(familyName(name, unit, kind), expected, `${kind} ${name} in "${unit}"`);
  }
}

test('metrics of the semantic conventions get the names that dashboards expect', () => {
  assertNames([
    ['http.server.request.duration', 's', 'histogram', 'http_server_request_duration_seconds'],
    ['http.server.active_requests', '{request}', 'upDownCounter', 'http_server_active_requests'],
    ['http.server.request.body.size', 'By', 'histogram', 'http_server_request_body_size_bytes'],
    ['process.cpu.time', 's', 'counter', 'process_cpu_time_seconds_total'],
    ['process.memory.usage', 'By', 'upDownCounter', 'process_memory_usage_bytes'],
    ['system.cpu.utilization', '1', 'gauge', 'system_cpu_utilization_ratio'],
    ['system.network.io', 'By', 'counter', 'system_network_io_bytes_total'],
    ['nodejs.eventloop.delay.p99', 's', 'gauge', 'nodejs_eventloop_delay_p99_seconds'],
    ['v8js.memory.heap.used', 'By', 'upDownCounter', 'v8js_memory_heap_used_bytes'],
  ]);
});

test('every unit of the specification has its word', () => {
  const words = {
    d: 'days',
    h: 'hours',
    min: 'minutes',
    s: 'seconds',
    ms: 'milliseconds',
    us: 'microseconds',
    ns: 'nanoseconds',
    By: 'bytes',
    KiBy: 'kibibytes',
    MiBy: 'mebibytes',
    GiBy: 'gibibytes',
    TiBy: 'tebibytes',
    kBy: 'kilobytes',
    MBy: 'megabytes',
    GBy: 'gigabytes',
    TBy: 'terabytes',
    m: 'meters',
    V: 'volts',
    A: 'amperes',
    J: 'joules',
    W: 'watts',
    g: 'grams',
    Cel: 'celsius',
    Hz: 'hertz',
    '%': 'percent',
  };
  for (const [unit, word] of Object.entries(words)) {
    assert.equal(unitName(unit), word);
    assert.equal(familyName('x', unit, 'gauge'), `x_${word}`);
    assert.equal(familyName('x', unit, 'counter'), `x_${word}_total`);
  }
});

test('a unit of one is a ratio for gauges and nothing for others', () => {
  assertNames([
    ['cpu.usage', '1', 'gauge', 'cpu_usage_ratio'],
    ['cpu.usage.ratio', '1', 'gauge', 'cpu_usage_ratio'],
    ['items', '1', 'counter', 'items_total'],
    ['items', '1', 'upDownCounter', 'items'],
    ['items', '1', 'histogram', 'items'],
  ]);
});

test('annotations in braces are dropped', () => {
  assertNames([
    ['requests', '{request}', 'counter', 'requests_total'],
    ['requests', '{request}/s', 'gauge', 'requests_per_second'],
    ['sent', 'By/{request}', 'gauge', 'sent_bytes'],
    ['sent', '{a/b}', 'gauge', 'sent'],
  ]);
  assert.equal(unitName('{request}'), '');
});

test('rates are put into words', () => {
  assertNames([
    ['speed', 'm/s', 'gauge', 'speed_meters_per_second'],
    ['throughput', 'By/s', 'gauge', 'throughput_bytes_per_second'],
    ['requests', '1/s', 'counter', 'requests_per_second_total'],
    ['requests', ' 1 / s ', 'gauge', 'requests_per_second'],
    ['custom', 'unit@with#special/chars', 'gauge', 'custom_unit_with_special_per_chars'],
  ]);
});

test('suffixes that are there already are not doubled', () => {
  assertNames([
    ['requests_total', '', 'counter', 'requests_total'],
    ['cpu.seconds.total', 's', 'counter', 'cpu_seconds_total'],
    ['cpu_seconds', 's', 'counter', 'cpu_seconds_total'],
    ['response_time_seconds', 's', 'histogram', 'response_time_seconds'],
    ['rate_bytes_per_second', 'By/s', 'gauge', 'rate_bytes_per_second'],
    ['requests_per_second', '1/s', 'gauge', 'requests_per_second'],
    ['pool_custom_unit', 'custom_unit', 'gauge', 'pool_custom_unit'],
  ]);
});

test('a unit or "total" within a name is treated as the Collector treats it', () => {
  assertNames([
    ['seconds.spent', 's', 'gauge', 'seconds_spent'],
    ['total.requests', '', 'counter', 'requests_total'],
    ['ratio.hits', '1', 'gauge', 'hits_ratio'],
    ['total', '', 'counter', 'total'],
    ['total', 's', 'counter', 'seconds_total'],
  ]);
});

test('characters that Prometheus discourages become one underscore', () => {
  assertNames([
    ['a.b-c/d', '', 'gauge', 'a_b_c_d'],
    ['a..b__c', '', 'gauge', 'a_b_c'],
    ['_leading.and.trailing_', '', 'gauge', 'leading_and_trailing'],
    ['rule:like', '', 'gauge', 'rule:like'],
    ['2xx', '', 'counter', '_2xx_total'],
    ['größe', 'm²', 'gauge', 'gr_e_m_'],
    ['größe', 'm²', 'counter', 'gr_e_m_total'],
  ]);
});

test('a name without a legal character is not a name', () => {
  assertNames([
    ['', '', 'gauge', undefined],
    ['日本', '', 'gauge', undefined],
    ['___', '', 'histogram', undefined],
  ]);
});

test('where the specification and the Collector differ, the specification is followed', () => {
  assertNames([
    // The Collector's table has "tibibytes".
    ['size', 'TiBy', 'gauge', 'size_tebibytes'],
    // The Collector's table has KBy only, and would write size_kBy.
    ['size', 'kBy', 'gauge', 'size_kilobytes'],
    ['size', 'KBy', 'gauge', 'size_kilobytes'],
    // The Collector drops a unit that has an annotation whole.
    ['size', 'By{compressed}', 'gauge', 'size_bytes'],
    // The Collector does not know min after the stroke, and would write rate_per_min.
    ['rate', '{request}/min', 'gauge', 'rate_per_minute'],
    // The Collector would write rate_bytes_per_second_per_second.
    ['rate_bytes_per_second', 'By/s', 'gauge', 'rate_bytes_per_second'],
  ]);
});

test('attribute keys become label names', () => {
  const cases = {
    'http.request.method': 'http_request_method',
    'label:with:colons': 'label_with_colons',
    'label!with&special$chars)': 'label_with_special_chars_',
    '.foo': '_foo',
    a__b: 'a_b',
    '123label': 'key_123label',
    label_字符: 'label_',
    ようこそ: '_',
    '': '_',
  };
  for (const [key, name] of Object.entries(cases)) assert.equal(labelName(key), name);
});

test('label names that Prometheus reserves cannot be made', () => {
  assert.equal(labelName('__name__'), '_name_');
  assert.equal(labelName('__meta_x'), '_meta_x');
});

test('whatever the application writes, names are valid', () => {
  const kinds = fc.constantFrom<MetricKind>('counter', 'upDownCounter', 'gauge', 'histogram');
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, kinds, (name, unit, kind) => {
      const family = familyName(name, unit, kind);
      if (family !== undefined) assert.match(family, /^(?!.*__)[a-zA-Z_:][a-zA-Z0-9_:]*$/);
      assert.match(labelName(name), /^(?!.*__)[a-zA-Z_][a-zA-Z0-9_]*$/);
    }),
  );
});

test('names that are names already stay as they are', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-z0-9]*(_[a-z0-9]+){0,4}$/), (name) => {
      assert.equal(familyName(name, '', 'histogram'), name);
      assert.equal(labelName(name), name);
    }),
  );
});
