import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeText } from '../../../src/hub/expose/formats/text.ts';
import {
  counter,
  type GivenHistogram,
  gauge,
  histogram,
  type Point,
  resourceMetrics,
  scope,
  upDownCounter,
} from './helpers/metrics.ts';
import { parse } from './helpers/strict-parser.ts';
import { bodyOf, encode, oneScope, translate } from './helpers/translated.ts';

test('a scrape of every kind of metric, to the letter', () => {
  const text = bodyOf(
    resourceMetrics(
      { 'service.name': 'shop' },
      scope(
        'lib',
        counter(
          { name: 'http.requests', unit: '{request}', help: 'Requests by "code"\nand \\ method' },
          [{ 'http.code': 200, path: 'C:\\a\n"b"' }, 3],
          [{ 'http.code': 500 }, 1e21],
        ),
        upDownCounter({ name: 'open' }, [{}, -1.5]),
        gauge(
          { name: 'load', unit: '1' },
          [{ k: 'a' }, Number.NaN],
          [{ k: 'b' }, Number.POSITIVE_INFINITY],
          [{ k: 'c' }, Number.NEGATIVE_INFINITY],
        ),
        histogram(
          { name: 'wait', unit: 's', help: 'Waiting' },
          [{ le: 'x' }, { boundaries: [0.00005, 0.5, 2_500_000], counts: [1, 2, 0, 4], sum: 12.25 }],
          [{}, { boundaries: [0.00005, 0.5, 2_500_000], counts: [0, 0, 0, 0] }],
        ),
      ),
    ),
  );
  assert.equal(
    text,
    String.raw`# HELP target_info Target metadata
# TYPE target_info gauge
target_info{service_name="shop"} 1
# HELP http_requests_total Requests by "code"\nand \\ method
# TYPE http_requests_total counter
http_requests_total{http_code="200",otel_scope_name="lib",path="C:\\a\n\"b\""} 3
http_requests_total{http_code="500",otel_scope_name="lib"} 1e+21
# TYPE open gauge
open{otel_scope_name="lib"} -1.5
# TYPE load_ratio gauge
load_ratio{k="a",otel_scope_name="lib"} NaN
load_ratio{k="b",otel_scope_name="lib"} +Inf
load_ratio{k="c",otel_scope_name="lib"} -Inf
# HELP wait_seconds Waiting
# TYPE wait_seconds histogram
wait_seconds_bucket{exported_le="x",otel_scope_name="lib",le="5e-05"} 1
wait_seconds_bucket{exported_le="x",otel_scope_name="lib",le="0.5"} 3
wait_seconds_bucket{exported_le="x",otel_scope_name="lib",le="2.5e+06"} 3
wait_seconds_bucket{exported_le="x",otel_scope_name="lib",le="+Inf"} 7
wait_seconds_sum{exported_le="x",otel_scope_name="lib"} 12.25
wait_seconds_count{exported_le="x",otel_scope_name="lib"} 7
wait_seconds_bucket{otel_scope_name="lib",le="5e-05"} 0
wait_seconds_bucket{otel_scope_name="lib",le="0.5"} 0
wait_seconds_bucket{otel_scope_name="lib",le="2.5e+06"} 0
wait_seconds_bucket{otel_scope_name="lib",le="+Inf"} 0
wait_seconds_count{otel_scope_name="lib"} 0
`,
  );
});

test('a series without labels has no braces, and a bucket no leading comma', () => {
  const metrics = [
    counter({ name: 'c' }, [{}, 1]),
    histogram({ name: 'h' }, [{}, { boundaries: [], counts: [2], sum: 1 }]),
  ];
  assert.equal(
    bodyOf(oneScope(...metrics), false),
    '# TYPE c_total counter\nc_total 1\n# TYPE h histogram\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\n',
  );
});

test('without metrics the body is empty', () => {
  assert.equal(encode([]), '');
});

test('a large scrape comes in chunks of bounded size that end with a line', () => {
  const points = Array.from(
    { length: 5000 },
    (_, i): Point<GivenHistogram> => [
      { route: `/route/${i}`, ünïcode: '日本' },
      { boundaries: [1, 2, 3], counts: [1, 1, 1, i], sum: i },
    ],
  );
  const { families } = translate(resourceMetrics({}, scope('s', histogram({ name: 'h' }, ...points))), true);
  const chunks = Array.from(encodeText(families), (chunk) => Buffer.from(chunk));
  assert.ok(chunks.length > 10);
  for (const chunk of chunks) {
    assert.ok(chunk.length < 256 * 1024);
    if (chunk.length > 0) assert.equal(chunk.at(-1), 0x0a);
  }
  const [family] = parse(Buffer.concat(chunks).toString());
  assert.equal(family?.samples.length, 5000 * 6);
});

test('bounds have the spelling of client_golang', () => {
  const spelled = {
    '-1': -1,
    '0': 0,
    '0.0001': 0.0001,
    '1e-05': 0.00001,
    '1.5e-10': 1.5e-10,
    '0.1': 0.1,
    '999999': 999_999,
    '1e+06': 1_000_000,
    '1.234567e+06': 1_234_567,
    '1e+100': 1e100,
    '-Inf': Number.NEGATIVE_INFINITY,
  };
  for (const [text, bound] of Object.entries(spelled)) {
    const buckets: GivenHistogram = { boundaries: [bound], counts: [0, 0], sum: 0 };
    const body = bodyOf(oneScope(histogram({ name: 'h' }, [{}, buckets])), false);
    assert.equal(body.split('\n')[1], `h_bucket{le="${text}"} 0`);
  }
});
