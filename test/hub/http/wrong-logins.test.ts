import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { compare, hashSync } from 'bcryptjs';
import {
  checkPassword,
  costOf,
  hashOfCost,
  type PasswordWork,
} from '../../../src/hub/http/security/bcrypt-work.ts';
import { createPasswordCheck } from '../../../src/hub/http/security/users.ts';
import { until } from '../../harness/until.ts';
import { basic, HASHES, startSecured } from './helpers/secured.ts';
import { ask, BODY } from './helpers/served.ts';

const USERS = new Map([['dave', hashSync('dave123', 4)]]);

/** A check that waits for `let`, and the passwords in the order of their checks. */
function held() {
  const begun: string[] = [];
  let go: (isRight: boolean) => void = () => {};
  const check = ({ password }: PasswordWork) => {
    begun.push(password);
    return new Promise<boolean>((resolve) => {
      go = resolve;
    });
  };
  const finish = () => go(false);
  /** Ends the check that is under way, and waits for the next one to begin. */
  async function end(isRight = false) {
    const count = begun.length;
    go(isRight);
    await until(() => begun.length > count || undefined, { what: `check ${count + 1}` });
  }
  return { isPassword: createPasswordCheck(check), begun, finish, end };
}

test('known users and health are answered while wrong passwords are being checked', async (t) => {
  const { port, refusals } = await startSecured(
    t,
    { basic_auth_users: { carol: HASHES.carol, dave: hashSync('dave123', 13) } },
    { openHealth: true, notReady: () => undefined },
  );
  const carol = { headers: basic('carol', 'carol123') };
  assert.equal((await ask(port, carol)).status, 200);
  const stop = new AbortController();
  let answered = 0;
  const attempts = Array.from({ length: 40 }, async (_, i) => {
    const headers = basic(i % 2 === 0 ? 'dave' : 'nobody', `${i}`);
    const { status, headers: sent } = await ask(port, { headers, signal: stop.signal });
    answered++;
    if (status === 503) assert.equal(sent['retry-after'], '1');
    else assert.equal(status, 401);
  });
  const all = Promise.allSettled(attempts);
  await until(() => refusals.includes('busy') || undefined, { what: 'a full queue' });
  for (let i = 0; i < 10; i++) {
    assert.equal((await ask(port, { path: '/livez' })).status, 200);
    assert.equal((await ask(port, carol)).body, BODY);
  }
  assert.ok(answered < 40, 'some wrong passwords still wait');
  stop.abort();
  for (const { status, reason } of (await all) as PromiseRejectedResult[]) {
    if (status === 'rejected') assert.equal(reason.name, 'AbortError');
  }
});

test('scrapers that wait for the first check are all answered', async (t) => {
  const { port } = await startSecured(t, { basic_auth_users: { carol: HASHES.carol } });
  const carol = { headers: basic('carol', 'carol123') };
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask(port, carol)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array(40).fill(200),
  );
});

test('right credentials are checked once; an unknown user is checked like a known one', async () => {
  const works: PasswordWork[] = [];
  const isPassword = createPasswordCheck((work) => {
    works.push(work);
    return checkPassword(work, compare);
  });
  for (let i = 0; i < 3; i++) {
    assert.equal(await isPassword(USERS, { user: 'dave', password: 'dave123' }), 'right');
    assert.equal(await isPassword(USERS, { user: 'nobody', password: 'dave123' }), 'wrong');
  }
  assert.deepEqual(
    works.map(({ hash }) => costOf(hash)),
    [4, 4],
  );
  // A hash that is replaced is another password.
  const changed = new Map([['dave', hashSync('dave124', 4)]]);
  assert.equal(await isPassword(changed, { user: 'dave', password: 'dave123' }), 'wrong');
});

test('a wrong password takes the same number of rounds for each user', async () => {
  const users = new Map([
    ['cheap', '$2y$04$x'],
    ['usual', '$2y$10$x'],
    ['dear', '$2y$12$x'],
  ]);
  for (const user of [...users.keys(), 'nobody']) {
    let rounds = 0;
    const isPassword = createPasswordCheck((work) =>
      checkPassword(work, async (_, hash) => {
        rounds += 2 ** costOf(hash);
        return false;
      }),
    );
    assert.equal(await isPassword(users, { user, password: 'x' }), 'wrong');
    assert.equal(rounds, 2 ** 12, user);
  }
});

test('the password of exporter-toolkit for unknown users is none here', async () => {
  assert.equal(await compare('fakepassword', hashOfCost(10)), false);
});

test('a client goes ahead of another one with many logins, and takes a place in a full queue', async () => {
  const { isPassword, begun, finish, end } = held();
  const attempt = (password: string, from: string) => isPassword(USERS, { user: 'dave', password, from });
  const flood = Array.from({ length: 30 }, (_, i) => attempt(`wrong${i}`, '192.0.2.1'));
  const right = attempt('dave123', '192.0.2.2');
  await end();
  await end();
  assert.deepEqual(begun, ['wrong0', 'wrong1', 'dave123']);
  await end(true);
  assert.equal(await right, 'right');
  for (let i = 3; i < 20; i++) await end();
  assert.equal(begun.at(-1), 'wrong19');
  finish();
  const verdicts = await Promise.all(flood);
  assert.deepEqual(verdicts, [...Array(20).fill('wrong'), ...Array(10).fill('busy')]);
});

test('a client goes ahead of another one that has failed often', async () => {
  const { isPassword, begun, finish, end } = held();
  const attempt = (password: string, from: string) => isPassword(USERS, { user: 'dave', password, from });
  // One IPv6 network, in which an attacker has as many addresses as it likes.
  for (let i = 0; i < 5; i++) {
    const wrong = attempt(`wrong${i}`, `2001:db8::${i}`);
    if (i < 4) void attempt(`wrong${i + 1}`, `2001:db8::${i + 1}`);
    if (i < 4) await end();
    else finish();
    assert.equal(await wrong, 'wrong');
  }
  await setImmediate();
  void attempt('under way', '2001:db8::a');
  void attempt('of the attacker', '2001:db8::b');
  void attempt('first', '2001:db8:0:1::1');
  void attempt('second', '2001:db8:0:1::1');
  for (let i = 0; i < 3; i++) await end();
  assert.deepEqual(begun.slice(-4), ['under way', 'first', 'second', 'of the attacker']);
});

test('nothing is checked for a client that has left', async () => {
  const { isPassword, begun, end } = held();
  let isWanted = true;
  void isPassword(USERS, { user: 'dave', password: 'one' });
  const left = isPassword(USERS, { user: 'dave', password: 'two', isWanted: () => isWanted });
  void isPassword(USERS, { user: 'dave', password: 'three' });
  isWanted = false;
  await end();
  assert.equal(await left, 'busy');
  assert.deepEqual(begun, ['one', 'three']);
});

test('clients that wait for one check get its result, also when the first of them has left', async () => {
  const { isPassword, begun, end, finish } = held();
  let isWanted = true;
  const attempt = { user: 'dave', password: 'dave123' };
  void isPassword(USERS, { user: 'nobody', password: 'x' });
  const left = isPassword(USERS, { ...attempt, isWanted: () => isWanted });
  const others = Array.from({ length: 5 }, () => isPassword(USERS, attempt));
  isWanted = false;
  await end();
  void isPassword(USERS, { user: 'nobody', password: 'y' });
  await end(true);
  finish();
  assert.deepEqual(await Promise.all([left, ...others]), Array(6).fill('right'));
  assert.deepEqual(begun, ['x', 'dave123', 'y']);
});

test('a check that cannot be made is an error, and the next one is made', async () => {
  let isBroken = true;
  const isPassword = createPasswordCheck(async () => {
    if (isBroken) throw new Error('no thread');
    return true;
  });
  await assert.rejects(isPassword(USERS, { user: 'dave', password: 'dave123' }), { message: 'no thread' });
  isBroken = false;
  assert.equal(await isPassword(USERS, { user: 'dave', password: 'dave123' }), 'right');
});
