import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorType } from '../../src/base/error-type.ts';
import { reasonOf } from '../../src/base/reason.ts';
import { hostileThrows } from './helpers/hostile-values.ts';

test('reasonOf prefers the text that says why', () => {
  const refused = Object.assign(new Error(''), { code: 'ECONNREFUSED' });
  const cases: [unknown, string][] = [
    [new Error('no such host'), 'no such host'],
    ['as a string', 'as a string'],
    [42, '42'],
    [undefined, 'undefined'],
    [{ message: 'of another realm' }, 'of another realm'],
    [
      new TypeError('fetch failed', { cause: new Error('certificate has expired') }),
      'certificate has expired',
    ],
    [new TypeError('fetch failed', { cause: refused }), 'ECONNREFUSED'],
    [new Error('cannot start', { cause: new Error('detail') }), 'cannot start'],
    [
      new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')]),
      '::1 refused, 127.0.0.1 refused',
    ],
    [new RangeError(''), 'RangeError'],
  ];
  for (const [error, reason] of cases) assert.equal(reasonOf(error), reason);
});

test('reasonOf gives one line without control characters, of a bounded length', () => {
  assert.equal(reasonOf(new Error('first\n  second\r\n\tthird')), 'first second third');
  assert.equal(reasonOf(new Error('\u001b[31mred\u202e\u0000')), '\\x1b[31mred\\u202e\\x00');
  assert.ok(reasonOf('x'.repeat(1e6)).length < 1100);
});

test('reasonOf and errorType have an answer for everything that can be thrown', () => {
  for (const error of hostileThrows()) {
    assert.equal(typeof reasonOf(error), 'string');
    assert.match(errorType(error), /^[\w$.:/-]{1,64}$/);
  }
});
