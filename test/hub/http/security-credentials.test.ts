import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { folder } from './helpers/certificates.ts';
import { basic, bearer, HASHES, logged, startSecured, write } from './helpers/secured.ts';
import { ask, BODY, start } from './helpers/served.ts';

test('only a user with the right password gets metrics', async (t) => {
  const { port, refusals } = await startSecured(t, { basic_auth_users: HASHES });
  for (const [user, hasAccess] of [
    ['carol', true],
    ['dave', true],
    ['Dave', false],
    ['', false],
    ['__proto__', false],
  ] as const) {
    for (let i = 0; i < 2; i++) {
      const { status, body } = await ask(port, { headers: basic(user, `${user}123`) });
      assert.deepEqual([status, body === BODY], hasAccess ? [200, true] : [401, false], user);
    }
  }
  for (const headers of [
    {},
    basic('dave', 'dave124'),
    basic('dave', 'carol123'),
    basic('dave', ''),
    bearer('dave123'),
    { authorization: 'Basic' },
    { authorization: 'Basic =' },
    { authorization: `Basic ${Buffer.from('dave').toString('base64')}` },
    { authorization: 'Digest x' },
  ]) {
    const answer = await ask(port, { headers });
    assert.equal(answer.status, 401);
    assert.equal(answer.headers['www-authenticate'], 'Basic realm="pitot", charset="UTF-8"');
    assert.equal(answer.body, 'unauthorized\n');
  }
  assert.deepEqual(new Set(refusals), new Set(['credentials']));
});

test('only users learn which paths exist and which methods are allowed', async (t) => {
  const { port } = await startSecured(t, { basic_auth_users: HASHES }, { notReady: () => undefined });
  const headers = basic('dave', 'dave123');
  for (const [path, method, status] of [
    ['/nothing', 'GET', 404],
    ['/metrics', 'POST', 405],
    ['/livez', 'GET', 200],
    ['/%zz', 'GET', 400],
  ] as const) {
    assert.equal((await ask(port, { path, method })).status, 401);
    assert.equal((await ask(port, { path, method, headers })).status, status);
  }
});

test('health can be left open to all', async (t) => {
  const { port } = await startSecured(
    t,
    { basic_auth_users: HASHES },
    { openHealth: true, notReady: () => 'draining' },
  );
  assert.equal((await ask(port, { path: '/livez' })).status, 200);
  assert.equal((await ask(port, { path: '/readyz?verbose' })).status, 503);
  assert.equal((await ask(port, { path: '/metrics' })).status, 401);
  assert.equal((await ask(port, { path: '/livez/' })).status, 401);
});

test('users that are replaced are in force with the next request, on open connections too', async (t) => {
  const { port, file, reloads } = await startSecured(t, { basic_auth_users: HASHES });
  const dave = { headers: basic('dave', 'dave123') };
  assert.equal((await ask(port, dave)).status, 200);
  write(file, { basic_auth_users: { carol: HASHES.carol } });
  assert.equal((await ask(port, dave)).status, 401);
  assert.equal((await ask(port, { headers: basic('carol', 'carol123') })).status, 200);
  write(file, { basic_auth_users: { dave: hashSync('new', 4) } });
  assert.equal((await ask(port, dave)).status, 401);
  assert.equal((await ask(port, { headers: basic('dave', 'new') })).status, 200);
  assert.deepEqual(reloads, ['web_config good', 'web_config good']);
});

test('a file that cannot be used changes nothing, is reported once and is counted', async (t) => {
  const lines = logged(t);
  const { port, file, reloads } = await startSecured(t, { basic_auth_users: HASHES });
  const dave = { headers: basic('dave', 'dave123') };
  for (const bad of ['basic_auth_users: [', 'basic_auth_userz: {}\n', '', 'basic_auth_users:\n']) {
    write(file, bad);
    for (let i = 0; i < 3; i++) {
      assert.equal((await ask(port, dave)).status, 200, bad);
      assert.equal((await ask(port)).status, 401, bad);
    }
  }
  rmSync(file);
  assert.equal((await ask(port, dave)).status, 200);
  assert.equal((await ask(port)).status, 401);
  assert.deepEqual(reloads, Array(5).fill('web_config bad'));
  assert.equal(lines.length, 5);
  assert.match(
    lines[0] ?? '',
    /^error: web configuration \S+web\.yml: is no valid YAML: .* at line 1, column \d+; what was in /,
  );
  assert.match(
    lines[1] ?? '',
    /: basic_auth_userz is not known; known are tls_server_config, .*; what was in /,
  );
  assert.match(lines[2] ?? '', /: it no longer has basic_auth_users, which needs a restart; what was in /);
  assert.match(lines[4] ?? '', /web\.yml cannot be read \(ENOENT\); what was in force before still is$/);
  write(file, { basic_auth_users: { carol: HASHES.carol } });
  assert.equal((await ask(port, dave)).status, 401);
  assert.equal(reloads.at(-1), 'web_config good');
});

test('each of several bearer tokens is accepted, and they can be replaced', async (t) => {
  const lines = logged(t);
  const bearerTokenFile = write(
    join(folder(t), 'tokens'),
    '# in use until June\nold-token\n\n  new.token==\r\n',
  );
  const { port } = await start(t, { bearerTokenFile });
  for (const [token, status] of [
    ['old-token', 200],
    ['new.token==', 200],
    ['new.token', 401],
    ['old-token2', 401],
    ['#', 401],
    ['', 401],
  ] as const) {
    const answer = await ask(port, { headers: bearer(token) });
    assert.equal(answer.status, status, token);
    if (status === 401) assert.equal(answer.headers['www-authenticate'], 'Bearer realm="pitot"');
  }
  assert.equal((await ask(port, { headers: basic('old-token', '') })).status, 401);
  assert.equal((await ask(port, { headers: { authorization: 'bearer old-token' } })).status, 200);

  write(bearerTokenFile, 'new.token==\nnewer\n');
  assert.equal((await ask(port, { headers: bearer('old-token') })).status, 401);
  assert.equal((await ask(port, { headers: bearer('newer') })).status, 200);
  for (const bad of ['', '# none\n', 'two words\n']) {
    write(bearerTokenFile, bad);
    assert.equal((await ask(port, { headers: bearer('newer') })).status, 200);
    assert.equal((await ask(port)).status, 401);
  }
  assert.equal(lines.length, 3);
  assert.ok(lines.every((line) => !line.includes('two words')));
});

test('with users and tokens, one of both is enough', async (t) => {
  const bearerTokenFile = write(join(folder(t), 'tokens'), 'secret');
  const { port } = await startSecured(t, { basic_auth_users: HASHES }, { bearerTokenFile });
  assert.equal((await ask(port, { headers: bearer('secret') })).status, 200);
  assert.equal((await ask(port, { headers: basic('dave', 'dave123') })).status, 200);
  const { status, headers } = await ask(port);
  assert.equal(status, 401);
  assert.equal(headers['www-authenticate'], 'Basic realm="pitot", charset="UTF-8", Bearer realm="pitot"');
});
