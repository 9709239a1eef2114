import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auth } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

const PASSWORD = { 'auth.method': 'password' };

test('attempts are counted by method and outcome, and timed', async () => {
  const collect = registerStockProvider();
  const users = new Map([['ada', 'lovelace']]);
  const logIn = (name: string, password: string) =>
    auth.attempt({ method: 'password' }, async (attempt) => {
      const expected = users.get(name);
      if (expected === undefined) return attempt.fail('unknown_user');
      if (expected !== password) return attempt.fail('wrong_password');
      return name;
    });
  assert.equal(await logIn('ada', 'lovelace'), 'ada');
  assert.equal(await logIn('ada', 'byron'), undefined);
  assert.equal(await logIn('ada', 'babbage'), undefined);
  assert.equal(await logIn('grace', 'hopper'), undefined);
  await assert.rejects(
    auth.attempt({ method: 'oidc' }, async () => {
      throw Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
    }),
  );
  const collected = await collect();
  const expected = [
    [{ ...PASSWORD, 'auth.outcome': 'success' }, 1],
    [{ ...PASSWORD, 'auth.outcome': 'failure', 'error.type': 'wrong_password' }, 2],
    [{ ...PASSWORD, 'auth.outcome': 'failure', 'error.type': 'unknown_user' }, 1],
    [{ 'auth.method': 'oidc', 'auth.outcome': 'failure', 'error.type': 'ETIMEDOUT' }, 1],
  ];
  assert.deepEqual(collected.sums('auth.attempts'), expected);
  assert.deepEqual(collected.counts('auth.attempt.duration'), expected);
});
