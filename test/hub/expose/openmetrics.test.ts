import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HrTime } from '@opentelemetry/api';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { createOpenMetricsEncoder } from '../../../src/hub/expose/formats/openmetrics.ts';
import type { Exemplar } from '../../../src/model/exemplars.ts';
import { everyKind } from './helpers/every-kind.ts';
import {
  counter,
  exemplar,
  exponentialHistogram,
  gauge,
  histogram,
  resourceMetrics,
  scope,
} from './helpers/metrics.ts';
import { bytesOf, oneScope, translate, translation, value } from './helpers/translated.ts';

function encode(input: ResourceMetrics, { createdSeries = true, scopeLabels = false } = {}): string {
  const { families } = translate(input, scopeLabels);
  return bytesOf(families, createOpenMetricsEncoder({ createdSeries })).toString();
}

test('a scrape of every kind of metric, to the letter', () => {
  const text = encode(everyKind(), { scopeLabels: true });
  assert.equal(
    text,
    String.raw`# TYPE target info
# HELP target Target metadata
target_info{service_name="shop"} 1
# TYPE http_traffic_bytes counter
# UNIT http_traffic_bytes bytes
# HELP http_traffic_bytes Bytes by \"code\"\nand \\ method
http_traffic_bytes_total{http_code="200",otel_scope_name="lib",path="C:\\a\n\"b\""} 3 # {trace_id="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",span_id="aaaaaaaaaaaaaaaa"} 1 1700000010.25
http_traffic_bytes_created{http_code="200",otel_scope_name="lib",path="C:\\a\n\"b\""} 1700000000.5
http_traffic_bytes_total{http_code="500",otel_scope_name="lib"} 1e+21
http_traffic_bytes_created{http_code="500",otel_scope_name="lib"} 1700000000.5
# TYPE open gauge
open{otel_scope_name="lib"} -1.5
# TYPE load_ratio gauge
load_ratio{k="a",otel_scope_name="lib"} NaN
load_ratio{k="b",otel_scope_name="lib"} -Inf
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
# HELP wait_seconds Waiting
wait_seconds_bucket{exported_le="x",otel_scope_name="lib",le="5e-05"} 1
wait_seconds_bucket{exported_le="x",otel_scope_name="lib",le="1.0"} 3 # {trace_id="cccccccccccccccccccccccccccccccc",span_id="cccccccccccccccc"} 0.75 1700000020.25
wait_seconds_bucket{exported_le="x",otel_scope_name="lib",le="2.5e+06"} 3
wait_seconds_bucket{exported_le="x",otel_scope_name="lib",le="+Inf"} 7 # {} 3000000 1700000030.25
wait_seconds_count{exported_le="x",otel_scope_name="lib"} 7
wait_seconds_sum{exported_le="x",otel_scope_name="lib"} 12.25
wait_seconds_created{exported_le="x",otel_scope_name="lib"} 1700000000.5
# EOF
`,
  );
});

test('names in UTF-8 are quoted inside the braces', () => {
  const input = oneScope(
    counter({ name: 'my.requests', help: 'H' }, [{ 'http.method': 'GET', plain: '1' }, 2], value(3)),
    histogram({ name: 'my.wait', unit: 's' }, [{}, { boundaries: [1], counts: [1, 0], sum: 1 }]),
  );
  const names = { strategy: 'NoUTF8EscapingWithSuffixes', escaping: 'allow-utf-8' } as const;
  const { families } = translate(input, false, names);
  assert.equal(
    bytesOf(families, createOpenMetricsEncoder({ createdSeries: false })).toString(),
    `# TYPE "my.requests" counter
# HELP "my.requests" H
{"my.requests_total","http.method"="GET",plain="1"} 2
{"my.requests_total"} 3
# TYPE "my.wait_seconds" histogram
# UNIT "my.wait_seconds" seconds
{"my.wait_seconds_bucket",le="1.0"} 1
{"my.wait_seconds_bucket",le="+Inf"} 1
{"my.wait_seconds_count"} 1
{"my.wait_seconds_sum"} 1
# EOF
`,
  );
});

test('the encoder can leave out the start times of series', () => {
  const text = encode(oneScope(counter({ name: 'x' }, value(1))), { createdSeries: false });
  assert.equal(text, '# TYPE x counter\nx_total 1\n# EOF\n');
});

test('without metrics the body is only the end marker', () => {
  assert.equal(encode(oneScope()), '# EOF\n');
});

test('a unit is left out if the name does not end with it', () => {
  const text = encode(oneScope(gauge({ name: 'seconds.spent', unit: 's' }, value(1))));
  assert.equal(text, '# TYPE seconds_spent gauge\nseconds_spent 1\n# EOF\n');
});

test('a counter is of unknown type if another metric has its name without the suffix', () => {
  const text = encode(oneScope(counter({ name: 'jobs' }, value(7)), gauge({ name: 'jobs' }, value(2))));
  assert.equal(text, '# TYPE jobs_total unknown\njobs_total 7\n# TYPE jobs gauge\njobs 2\n# EOF\n');
  const created = encode(
    oneScope(counter({ name: 'jobs' }, value(7)), gauge({ name: 'jobs.created' }, value(2))),
  );
  assert.match(created, /^# TYPE jobs_total unknown\njobs_total 7\n/);
});

test('target_info is a gauge if there is a metric "target"', () => {
  const text = encode(resourceMetrics({ a: 'b' }, scope('s', gauge({ name: 'target' }, value(1)))));
  assert.match(
    text,
    /^# TYPE target_info gauge\n# HELP target_info Target metadata\ntarget_info\{a="b"\} 1\n/,
  );
});

test('a counter with a value that no counter can have is of unknown type', () => {
  for (const bad of [-1, Number.NaN]) {
    const text = encode(oneScope(counter({ name: 'x' }, value(bad), [{ a: 'b' }, 1])));
    assert.equal(text, `# TYPE x_total unknown\nx_total ${bad}\nx_total{a="b"} 1\n# EOF\n`);
  }
});

test('a histogram whose sum may fall has no sum, and so no count', () => {
  for (const histogramValue of [
    { boundaries: [-1, 1], counts: [0, 1, 0], sum: 1 },
    { boundaries: [1], counts: [1, 0], sum: -1 },
    { boundaries: [1], counts: [1, 0], sum: Number.NaN },
    { boundaries: [1], counts: [1, 0] },
  ]) {
    const text = encode(oneScope(histogram({ name: 'x' }, [{}, histogramValue])), { createdSeries: false });
    assert.doesNotMatch(text, /_sum|_count/);
  }
});

test('exponential histograms have classic buckets, which carry their exemplars', () => {
  const text = encode(
    oneScope(
      exponentialHistogram({ name: 'x', boundaries: [0, 1, 2, 4] }, [
        {},
        {
          count: 4,
          sum: 10,
          scale: 0,
          zeroCount: 1,
          positive: { offset: 0, bucketCounts: [1, 2] },
          negative: { offset: 0, bucketCounts: [] },
        },
        [exemplar(3, 1_700_000_010, 'd')],
      ]),
    ),
    { createdSeries: false },
  );
  assert.equal(
    text,
    `# TYPE x histogram
x_bucket{le="0.0"} 1
x_bucket{le="1.0"} 1
x_bucket{le="2.0"} 2
x_bucket{le="4.0"} 4 # {trace_id="dddddddddddddddddddddddddddddddd",span_id="dddddddddddddddd"} 3 1700000010.25
x_bucket{le="+Inf"} 4
x_count 4
x_sum 10
# EOF
`,
  );
});

test('the exemplar of a bucket only becomes younger, until the series restarts', () => {
  const attributes = {};
  const { run } = translation();
  const point = {
    count: 4,
    sum: 10,
    scale: 0,
    zeroCount: 1,
    positive: { offset: 0, bucketCounts: [1, 2] },
    negative: { offset: 0, bucketCounts: [] },
  };
  const secondsOf = (begun: HrTime, ...exemplars: Exemplar[]) => {
    const metric = exponentialHistogram({ name: 'x', boundaries: [2, 4] }, [attributes, point, exemplars]);
    const input = oneScope(metric);
    for (const given of metric.dataPoints) Object.assign(given, { startTime: begun });
    const text = bytesOf(run(input), createOpenMetricsEncoder({ createdSeries: false })).toString();
    return [...text.matchAll(/^x_bucket\{le="(\S+)"\}.* (\d+)\.25$/gm)].map(([, le, time]) => [
      le,
      Number(time),
    ]);
  };
  const begun: HrTime = [1, 0];
  assert.deepEqual(secondsOf(begun, exemplar(1, 10, 'a'), exemplar(3, 12, 'b')), [
    ['2.0', 10],
    ['4.0', 12],
  ]);
  // Another value took the place of the recorder's latest below 2.
  assert.deepEqual(secondsOf(begun, exemplar(1.5, 9, 'c'), exemplar(3, 13, 'd')), [
    ['2.0', 10],
    ['4.0', 13],
  ]);
  assert.deepEqual(secondsOf(begun, exemplar(1, 14, 'e')), [
    ['2.0', 14],
    ['4.0', 13],
  ]);
  assert.deepEqual(secondsOf([20, 0]), []);
});

test('the bounds that OpenMetrics lists have its spelling', () => {
  const bounds = [0, 0.001, 0.01, 0.1, 0.9, 0.999, 1, 1.7, 10, 100_000, 1e6, 1e10, 1e23];
  const spelled = [
    '0.0',
    '0.001',
    '0.01',
    '0.1',
    '0.9',
    '0.999',
    '1.0',
    '1.7',
    '10.0',
    '100000.0',
    '1e+06',
    '1e+10',
    '1e+23',
    '+Inf',
  ];
  const point = { boundaries: bounds, counts: spelled.map(() => 0), sum: 0 };
  const text = encode(oneScope(histogram({ name: 'x' }, [{}, point])));
  assert.deepEqual(
    Array.from(text.matchAll(/le="(.*?)"/g), ([, bound]) => bound),
    spelled,
  );
});

test('attributes of an exemplar that its series does not have are labels, unless there are too many', () => {
  const withAttributes = (text: string) => ({
    ...exemplar(1, 1_700_000_010, 'e'),
    filteredAttributes: { 'user.id': text, trace_id: 'no', empty: '' },
  });
  const lineOf = (text: string) =>
    encode(oneScope(counter({ name: 'x' }, [{}, 1, [withAttributes(text)]])), { createdSeries: false }).split(
      '\n',
    )[1];
  const ids = `trace_id="${'e'.repeat(32)}",span_id="${'e'.repeat(16)}"`;
  assert.equal(lineOf('42'), `x_total 1 # {${ids},user_id="42"} 1 1700000010.25`);
  // 8 + 32 + 7 + 16 characters are taken, and 7 by the name.
  assert.match(lineOf('é'.repeat(58)) ?? '', /user_id/);
  assert.equal(lineOf('é'.repeat(59)), `x_total 1 # {${ids}} 1 1700000010.25`);
});
