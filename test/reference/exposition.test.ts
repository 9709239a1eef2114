import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseExposition } from '../../src/reference/exposition.ts';
import { scrape } from '../hub/expose/helpers/hostile.ts';
import { parse } from '../hub/expose/helpers/strict-parser.ts';
import { bodyOf } from '../hub/expose/helpers/translated.ts';

const read = (text: string) =>
  parseExposition(text).map(({ name, type, labels }) => [
    name,
    type,
    labels.map((of) => Object.fromEntries(of)),
  ]);

test('families have their types and the labels of their samples', () => {
  const text = `# HELP hits_total Number \\\\ of "hits".
# TYPE hits_total counter
hits_total{path="/a\\"b\\\\\\n{}, ",code="200"} 1
hits_total 2e+06 1700000000000
# a comment
# TYPE took_seconds histogram
took_seconds_bucket{le="+Inf"} 1
took_seconds_sum 0.5
took_seconds_count 1

# TYPE size summary
size{quantile="0.5",} NaN
size_sum -Inf
size_count 0
untyped 3
# TYPE nothing_yet gauge
`;
  assert.deepEqual(read(text), [
    ['hits_total', 'counter', [{ path: '/a"b\\\n{}, ', code: '200' }, {}]],
    ['took_seconds', 'histogram', [{ le: '+Inf' }, {}, {}]],
    ['size', 'summary', [{ quantile: '0.5' }, {}, {}]],
    ['untyped', 'untyped', [{}]],
    ['nothing_yet', 'gauge', []],
  ]);
  assert.deepEqual(read(''), []);
});

const BAD: readonly [text: string, error: RegExp][] = [
  ['<html>\n', /^Error: line 1: neither a comment nor a sample: <html>/],
  ['a 1', /^Error: the last line has no end: the answer is cut off/],
  ['a 1\nb one\n', /^Error: line 2: neither a comment nor a sample: b one/],
  ['a\n', /^Error: line 1: /],
  ['0a 1\n', /^Error: line 1: /],
  ['a {b="c"} 1\n', /^Error: line 1: /],
  ['a{b="c"} 1 1.5\n', /^Error: line 1: /],
  ['a{b=c} 1\n', /^Error: line 1: labels that cannot be read/],
  ['a{b="c\\d"} 1\n', /^Error: line 1: labels that cannot be read/],
  ['a{b="c" d="e"} 1\n', /^Error: line 1: labels that cannot be read/],
  ['a{0b="c"} 1\n', /^Error: line 1: labels that cannot be read/],
  ['a{b="c",b="d"} 1\n', /^Error: line 1: the label b is there twice/],
  ['# TYPE a info\na 1\n', /^Error: line 1: info is no type/],
  ['# TYPE a\n', /^Error: line 1: /],
  ['#  TYPE a gauge\n', /^Error: line 1: /],
  ['# HELP 0 text\n', /^Error: line 1: /],
  ['# TYPE a gauge\na 1\nb 1\na 2\n', /^Error: line 4: the lines of a are not one group/],
  ['a 1\n# TYPE a gauge\n', /^Error: line 2: the lines of a are not one group/],
];

for (const [text, error] of BAD) {
  test(`${JSON.stringify(text)} is not in the format, and the error names the line`, () => {
    assert.throws(() => parseExposition(text), error);
  });
}

test("property: this reader and another strict reader agree on pitot's output", () => {
  fc.assert(
    fc.property(scrape, (input) => {
      const body = bodyOf(input);
      const expected = parse(body).map(({ name, type, samples }) => [
        name,
        type,
        samples.map(({ labels }) => ({ ...labels })),
      ]);
      assert.deepEqual(read(body), expected);
    }),
  );
});
