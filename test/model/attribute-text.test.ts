import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributeText } from '../../src/model/attribute-text.ts';

test('values are represented as the specification says for protocols other than OTLP', () => {
  const cases: [unknown, string][] = [
    ['hello world', 'hello world'],
    ['', ''],
    ['"quoted"', '"quoted"'],
    [true, 'true'],
    [false, 'false'],
    [42, '42'],
    [-123, '-123'],
    [2.5, '2.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    [new TextEncoder().encode('hello world'), 'aGVsbG8gd29ybGQ='],
    [Buffer.from('hello world'), 'aGVsbG8gd29ybGQ='],
    [null, ''],
    [[], '[]'],
    [
      [1, Number.NEGATIVE_INFINITY, 'a', true, { nested: Buffer.from('hello world') }],
      '[1,"-Infinity","a",true,{"nested":"aGVsbG8gd29ybGQ="}]',
    ],
    [{}, '{}'],
    [{ a: Number.NEGATIVE_INFINITY, b: 2, c: [3, null] }, '{"a":"-Infinity","b":2,"c":[3,null]}'],
  ];
  for (const [value, text] of cases) assert.equal(attributeText(value), text);
});

test('values that cannot be attribute values do no harm', () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const hostile = {
    toJSON() {
      throw new Error('no');
    },
  };
  assert.equal(attributeText(cyclic), '');
  assert.equal(attributeText(hostile), '');
  assert.equal(attributeText(12n), '12');
  assert.equal(attributeText([12n, undefined]), '["12",null]');
  assert.equal(attributeText(Symbol('s')), 'Symbol(s)');
});

test('unpaired surrogates have the same text as on the wire', () => {
  assert.equal(attributeText('a\ud800b'), 'a\ufffdb');
  assert.equal(attributeText(['\udc00']), '["\\udc00"]');
  assert.equal(attributeText('😀'), '😀');
});
