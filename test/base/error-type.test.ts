import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diag } from '../../src/base/diag.ts';
import { errorType } from '../../src/base/error-type.ts';

class QuotaError extends Error {}

const CASES: readonly [what: string, error: unknown, type: string][] = [
  ['an error of the system', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ['an error of PostgreSQL', Object.assign(new Error('duplicate'), { code: '23505' }), '23505'],
  ['a class of JavaScript', new TypeError('no'), 'TypeError'],
  ['a class that sets no name', new QuotaError('no'), 'QuotaError'],
  ['a plain error', new Error('user 5 not found'), 'Error'],
  ['an abort', new DOMException('stopped', 'AbortError'), 'AbortError'],
  [
    'a code that is a sentence',
    Object.assign(new RangeError('x'), { code: 'user 5 not found' }),
    'RangeError',
  ],
  ['a code that is a number', Object.assign(new RangeError('x'), { code: 11000 }), 'RangeError'],
  ['a word', 'timeout', 'timeout'],
  ['a sentence', 'user 5 not found', '_OTHER'],
  ['a number', 5, '_OTHER'],
  ['nothing', undefined, '_OTHER'],
  ['an object without a prototype', Object.create(null), '_OTHER'],
  ['an error of a class without a name', new (class extends Error {})('no'), 'Error'],
];

test('a thrown value without any text gets no warning, a text that is no type gets one', (t) => {
  const warnings: string[] = [];
  const keep = (text: string) => void warnings.push(text);
  diag.setLogger({ error: keep, warn: keep, info: keep, debug: keep, verbose: keep });
  t.after(() => diag.disable());
  for (const thrown of [undefined, null, 404, '', Symbol('x'), () => {}, Object.create(null)]) {
    assert.equal(errorType(thrown), '_OTHER');
  }
  assert.deepEqual(warnings, []);
  errorType('user 6 not found');
  assert.equal(warnings.length, 1);
});

for (const [what, error, type] of CASES) {
  test(`error.type of ${what} is ${type}`, () => assert.equal(errorType(error), type));
}
