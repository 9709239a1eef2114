import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricList } from '../../../src/hub/page/wire.ts';
import { basic, HASHES } from '../http/helpers/secured.ts';
import { start } from '../http/helpers/served.ts';

/** The page behind the endpoint's own server. */

const PATHS = [
  ...['/', '/page/page.js', '/page/page.css', '/page/profiles'],
  ...['/page/events', '/page/metrics', '/page/operations'],
];

test('the page asks for the same credentials as the metrics', async (t) => {
  const webConfig = { basic_auth_users: { carol: HASHES.carol } };
  const { port } = await start(t, { page: 'on', webConfig });
  const address = `http://127.0.0.1:${port}`;
  for (const path of PATHS) {
    const refused = await fetch(address + path);
    assert.equal(refused.status, 401, path);
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Basic /);
  }
  const headers = basic('carol', 'carol123');
  assert.equal((await fetch(`${address}/`, { headers })).status, 200);
  const list = (await (await fetch(`${address}/page/metrics`, { headers })).json()) as MetricList;
  assert.equal(list.metrics[0]?.name, 'hits');
});

test('without the page its paths answer 404, also where profiles are served', async (t) => {
  const webConfig = { basic_auth_users: { carol: HASHES.carol } };
  const { port } = await start(t, { page: 'off', webConfig, pprof: true });
  const headers = basic('carol', 'carol123');
  for (const path of PATHS) {
    assert.equal((await fetch(`http://127.0.0.1:${port}${path}`, { headers })).status, 404, path);
  }
});

test('the page answers GET and HEAD only', async (t) => {
  const { port } = await start(t, { page: 'on' });
  for (const path of PATHS) {
    assert.equal((await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST' })).status, 405, path);
    const head = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'HEAD' });
    assert.equal(head.status, 200, path);
    assert.equal(await head.text(), '', path);
  }
});

test('a server with viewers can be closed', async (t) => {
  const server = await start(t, { page: 'on' });
  const response = await fetch(`http://127.0.0.1:${server.port}/page/events`);
  const read = response.text();
  await server.close();
  assert.match(await read, /^retry: /);
});
