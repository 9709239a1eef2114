import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import { type Counted, sorted, startMeasuredApp } from '../helpers/measured-app.ts';
import { perform, type Step } from '../http/helpers/express-script.ts';

const ROUTED: readonly Step[] = [
  ['GET /', 200, '/'],
  ['GET /?page=2', 200, '/'],
  ['GET /health', 200, '/health'],
  ['GET /health?deep', 200, '/health'],
  ['GET /users/1', 200, '/users/:id'],
  ['GET /users/2?x=/health', 200, '/users/:id'],
  ['GET /Users/3', 200, '/users/:id'],
  ['HEAD /users/4', 200, '/users/:id'],
  ['POST /users/5', 200, '/users/:id'],
  ['GET /numbers/77', 200, '/^\\/numbers\\/[0-9]+$/'],
  ['GET /one', 200, '/one,/two/:x'],
  ['GET /two/2', 200, '/one,/two/:x'],
  ['GET /files/a/b/c', 200, '/files/*path'],
  ['GET /optional', 200, '/optional{/:part}'],
  ['GET /optional/3', 200, '/optional{/:part}'],
  ['GET /thrown/1', 500, '/thrown/:id'],
  ['GET /later/1', 200, '/later/:id'],
  ['GET /orgs/acme', 200, '/orgs/:org'],
  ['GET /orgs/acme/', 200, '/orgs/:org'],
  ['GET /orgs/acme/bills/3', 200, '/orgs/:org/bills/:bill'],
  ['GET /orgs/acme/teams/red/members/9', 200, '/orgs/:org/teams/:team/members/:member'],
  ['GET /orgs/acme/teams/red/rejected', 500, '/orgs/:org/teams/:team/rejected'],
  ['GET /shared/own', 200, '/shared/own'],
  ['GET /inner/7/things/8', 200, '/inner/:area/things/:thing'],
];

const ENDED_BY_MIDDLEWARE: readonly Step[] = [
  ['GET /closed', 401, '/closed'],
  ['GET /closed/door/1', 401, '/closed'],
  ['GET /orgs/acme/closed/1', 403, '/orgs/:org/closed'],
  ['GET /assets/routes.cjs', 200, '/assets'],
];

const UNMATCHED: readonly Step[] = [
  ['GET /nowhere', 404, undefined],
  ['GET /nowhere/1?x', 404, undefined],
  ['DELETE /', 404, undefined],
  ['DELETE /users/6', 404, undefined],
  ['GET /orgs/acme/nowhere', 404, undefined],
  ['GET /orgs/acme/teams/red/nowhere', 404, undefined],
  ['GET /inner/7/nowhere', 404, undefined],
  ['GET /assets/nowhere.js', 404, undefined],
  ['GET /passing/1', 404, undefined],
];

const all = [...ROUTED, ...ENDED_BY_MIDDLEWARE, ...UNMATCHED];

for (const app of ['express-default.mjs', 'express-require.cjs', 'express-through-require.mjs']) {
  test(`every request to ${app} is counted under the template that answered it, or under none`, async (t) => {
    const measured = await startMeasuredApp(t, { app });
    await perform(await measured.port(), all);
    assert.deepEqual(await measured.counted('http.server.request.duration', all.length), expected(all));
  });
}

test('a request without a match has no route when a middleware answers it', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'express-default.mjs', args: ['with-not-found'] });
  const script: readonly Step[] = [...all, ['GET /passed/1', 404, undefined]];
  await perform(await measured.port(), script);
  assert.deepEqual(await measured.counted('http.server.request.duration', script.length), expected(script));
});

test('requests that only a wildcard matches count under the wildcard, not under the root', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'express-default.mjs', args: ['with-wildcard'] });
  const script: readonly Step[] = [
    ['GET /nowhere', 200, '/{*any}'],
    ['GET /orgs/acme/nowhere', 200, '/{*any}'],
    ['GET /', 200, '/'],
    ['DELETE /nowhere', 404, undefined],
  ];
  await perform(await measured.port(), script);
  assert.deepEqual(await measured.counted('http.server.request.duration', script.length), expected(script));
});

test('routers from a named import of Router are measured', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'express-named.mjs' });
  const script: readonly Step[] = [['GET /orgs/acme/bills/3', 200, '/orgs/:org/bills/:bill']];
  await perform(await measured.port(), script);
  assert.deepEqual(await measured.counted('http.server.request.duration', 1), expected(script));
});

test('a context manager that the application registers is kept and used, and no span is recorded', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'own-context-manager.mjs' });
  const port = await measured.port();
  const response = await fetch(`http://127.0.0.1:${port}/users/1`);
  assert.deepEqual(await response.json(), { entered: true, recording: false });
  assert.match(measured.child.stdout, /^own context manager registered: true$/m);
  assert.deepEqual(
    await measured.counted('http.server.request.duration', 1),
    expected([['GET /users/1', 200, '/users/:id']]),
  );
  assert.doesNotMatch(measured.child.stderr, /duplicate/);
});

test('requests in parallel do not take each other’s routes', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'express-default.mjs' });
  const port = await measured.port();
  const script: readonly Step[] = Array.from({ length: 20 }, () => all).flat();
  await Promise.all(script.map((step) => perform(port, [step])));
  assert.deepEqual(await measured.counted('http.server.request.duration', script.length), expected(script));
});

function expected(script: readonly Step[]): readonly Counted[] {
  const series = new Map<string, { attributes: Attributes; count: number }>();
  for (const [request, status, route] of script) {
    const attributes: Attributes = {
      'http.request.method': request.split(' ')[0] ?? '',
      'http.response.status_code': status,
      'network.protocol.version': '1.1',
      'url.scheme': 'http',
      ...(route !== undefined && { 'http.route': route }),
      ...(status >= 500 && { 'error.type': String(status) }),
    };
    const key = JSON.stringify(attributes);
    series.set(key, { attributes, count: (series.get(key)?.count ?? 0) + 1 });
  }
  return sorted([...series.values()]);
}
