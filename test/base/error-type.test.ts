import assert from 'node:assert/strict';
import { test } from 'node:test';
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
];

for (const [what, error, type] of CASES) {
  test(`error.type of ${what} is ${type}`, () => assert.equal(errorType(error), type));
}
