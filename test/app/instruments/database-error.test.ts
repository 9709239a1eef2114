import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { databaseError, databaseStatusCode } from '../../../src/app/instruments/database-error.ts';

/** An error as a driver makes it: of a class of its own, with its name and what else it has. */
function errorOf(className: string, message: string, more: object = {}): Error {
  const type = { [className]: class extends Error {} }[className];
  assert.ok(type);
  return Object.assign(new type(message), more);
}

test('a code that is not text, or one in the message, decides the type of an error', () => {
  const duplicate = errorOf('MongoServerError', 'E11000 duplicate key', {
    name: 'MongoServerError',
    code: 11000,
  });
  assert.equal(databaseError(duplicate), '11000');
  const wrong = 'WRONGTYPE Operation against a key holding the wrong kind of value';
  assert.equal(databaseError(errorOf('ReplyError', wrong, { name: 'ReplyError' })), 'WRONGTYPE');
  assert.equal(databaseError(errorOf('SimpleError', wrong)), 'WRONGTYPE');
  const db = new DatabaseSync(':memory:');
  assert.equal(databaseError(failureOf(() => db.exec('nonsense'))), '1');
});

test('the status code is the code that the server replied with, not that of a system error', () => {
  const codes = [
    errorOf('DatabaseError', 'no such table', { code: '42P01', severity: 'ERROR' }),
    errorOf('Error', 'no such table', { code: 'ER_NO_SUCH_TABLE', errno: 1146, sqlState: '42S02' }),
    errorOf('MongoServerError', 'E11000 duplicate key', { name: 'MongoServerError', code: 11000 }),
    errorOf('ReplyError', 'WRONGTYPE Operation against a key', { name: 'ReplyError' }),
    errorOf('Error', 'broken pipe', { code: 'EPIPE', errno: -32, syscall: 'write' }),
    errorOf('Error', 'refused', { code: 'ECONNREFUSED', errno: -111, syscall: 'connect' }),
    errorOf('MongoNetworkError', 'closed', { name: 'MongoNetworkError' }),
    'a text',
  ].map(databaseStatusCode);
  assert.deepEqual(codes, [
    '42P01',
    '1146',
    '11000',
    'WRONGTYPE',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('any other error decides its own type', () => {
  for (const error of [
    errorOf('DatabaseError', 'relation "users" does not exist', { code: '42P01' }),
    errorOf('SimpleError', 'no code in front'),
    errorOf('TypeError', 'ERR is not what Redis replied'),
    errorOf('Other', 'a code of nobody', { code: 7 }),
    new Error('plain'),
    'a text',
    undefined,
  ]) {
    assert.equal(databaseError(error), error);
  }
});

function failureOf(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail('it did not throw');
}
