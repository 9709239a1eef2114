import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseExposition } from './exposition.ts';
import { select, value } from './samples.ts';

const HISTOGRAM = [
  '# HELP h_seconds Time.',
  '# TYPE h_seconds histogram',
  'h_seconds_bucket{route="/",le="0.1"} 1',
  'h_seconds_bucket{route="/",le="+Inf"} 3',
  'h_seconds_sum{route="/"} 2.5e-1',
  'h_seconds_count{route="/"} 3',
  '',
].join('\n');

test('families keep their type, help and samples', () => {
  const { families, samples } = parseExposition(
    `# a comment\n\n# HELP a_total One\\\\two\\nthree "four"\n# TYPE a_total counter\na_total 1\n${HISTOGRAM}bare +Inf 12\n`,
  );
  assert.deepEqual([...families.keys()], ['a_total', 'h_seconds', 'bare']);
  assert.equal(families.get('a_total')?.help, 'One\\two\nthree "four"');
  assert.equal(families.get('h_seconds')?.type, 'histogram');
  assert.equal(families.get('bare')?.type, 'untyped');
  assert.equal(samples.length, 6);
  assert.equal(value(samples, 'h_seconds_sum'), 0.25);
  assert.equal(value(samples, 'bare'), Number.POSITIVE_INFINITY);
});

test('label values are unescaped', () => {
  const { samples } = parseExposition('a{b="x\\\\n\\n\\"}{,",c="",__proto__="d",} NaN\n');
  assert.deepEqual(Object.entries(samples[0]?.labels ?? {}), [
    ['b', 'x\\n\n"}{,'],
    ['c', ''],
    ['__proto__', 'd'],
  ]);
});

test('a value is found by some of its labels, and only when they mean one sample', () => {
  const { samples } = parseExposition('a{b="1",c="1"} 1\na{b="1",c="2"} 2\n');
  assert.equal(value(samples, 'a', { c: '2' }), 2);
  assert.equal(select(samples, 'a', { b: '1' }).length, 2);
  assert.throws(() => value(samples, 'a', { b: '1' }), /2 samples of a .*b.*c/s);
  assert.throws(() => value(samples, 'a', { b: '2' }), /no sample of a/);
});

describe('what is not the text format is refused', () => {
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['no line feed at the end', 'a 1', /line feed/],
    ['no value', 'a\n', /no value/],
    ['a word as a value', 'a one\n', /no number/],
    ['a hexadecimal value', 'a 0x10\n', /no number/],
    ['a timestamp with a fraction', 'a 1 1.5\n', /no timestamp/],
    ['something after the timestamp', 'a 1 1 # {}\n', /no value/],
    ['a carriage return', 'a 1\r\n', /no value/],
    ['a metric name with a dot', 'a.b 1\n', /no value/],
    ['a metric name with a digit first', '1a 1\n', /metric name/],
    ['a label name with a dot', 'a{b.c="1"} 1\n', /no label/],
    ['a label without quotes', 'a{b=1} 1\n', /quoted/],
    ['a quote that is not escaped', 'a{b="""} 1\n', /comma/],
    ['an unknown escape', 'a{b="\\t"} 1\n', /escaped/],
    ['a label that is there twice', 'a{b="1",b="2"} 1\n', /twice/],
    ['a brace that is not closed', 'a{b="1" 1\n', /brace/],
    ['a series that is there twice', 'a{b="1",c="2"} 1\na{c="2",b="1"} 2\n', /line 2.*twice/],
    ['a series that differs by an empty label only', 'a 1\na{b=""} 2\n', /twice/],
    ['lines of a metric in two groups', 'a{b="1"} 1\nc 1\na{b="2"} 1\n', /line 3.*group/],
    ['a second TYPE', '# TYPE a gauge\n# TYPE a gauge\n', /second TYPE/],
    ['a second HELP', '# HELP a b\n# HELP a b\n', /second HELP/],
    ['a TYPE after a sample', 'a 1\n# TYPE a gauge\n', /after the first sample/],
    ['an OpenMetrics type', '# TYPE a unknown\n', /no type/],
    ['an unknown escape in HELP', '# HELP a \\"\n', /escapes nothing/],
    ['a TYPE without a type', '# TYPE a\n', /no type/],
    ['a histogram without a suffix', '# TYPE a histogram\na 1\n', /without a suffix/],
    ['a bucket without le', HISTOGRAM.replace(',le="0.1"', ''), /without le/],
    ['a histogram without +Inf', HISTOGRAM.replace('+Inf', '9'), /\+Inf/],
    ['buckets that do not ascend', HISTOGRAM.replace(/(.*0\.1.*\n)(.*Inf.*\n)/, '$2$1'), /ascend/],
    ['bounds that are equal as numbers', HISTOGRAM.replace('"+Inf"', '"0.10"'), /ascend/],
    ['counts that fall', HISTOGRAM.replace('le="0.1"} 1', 'le="0.1"} 4'), /fall/],
    [
      'a count other than the last bucket',
      HISTOGRAM.replace('count{route="/"} 3', 'count{route="/"} 2'),
      /counts 2/,
    ],
    ['a histogram without a sum', HISTOGRAM.replace(/h_seconds_sum.*\n/, ''), /no sum/],
    ['a quantile without its label', '# TYPE a summary\na 1\na_sum 1\na_count 1\n', /lacks/],
    ['a summary without a count', '# TYPE a summary\na{quantile="0.5"} 1\na_sum 1\n', /no count/],
  ];
  for (const [what, text, reason] of refused) {
    test(what, () => {
      assert.throws(() => parseExposition(text), reason);
    });
  }
});
