import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import type { Refusal } from '../../../src/hub/server.ts';
import { basic, HASHES, startSecured } from './helpers/secured.ts';
import { ask, respond, sendRaw, start } from './helpers/served.ts';

const PATHS = ['/metrics', '/metrics.json', '/', '/page/page.js', '/page/events', '/livez'];

test('an open endpoint on loopback does not answer under the name of a web site', async (t) => {
  const refusals: Refusal[] = [];
  const { port } = await start(t, {
    page: 'on',
    notReady: () => undefined,
    events: { refused: (reason) => refusals.push(reason) },
  });
  const hosts = ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.nip.io', 'a b'];
  for (const host of hosts) {
    for (const path of PATHS) {
      const { status, body } = await ask(port, { path, headers: { host } });
      assert.equal(status, 421, `${host} ${path}`);
      assert.equal(body, 'not the host name of this endpoint: see PITOT_ALLOWED_HOSTS\n');
    }
  }
  assert.deepEqual(refusals, Array(hosts.length * PATHS.length).fill('host'));
});

test('the names of this machine and its addresses are answered, and a client without a name', async (t) => {
  const { port } = await start(t);
  const hosts = [
    'localhost',
    `LOCALHOST:${port}`,
    'localhost.',
    'shop.localhost:80',
    '127.0.0.1',
    '10.1.2.3:9464',
  ];
  for (const host of [...hosts, '[::1]', `[::1]:${port}`, `host.docker.internal:${port}`]) {
    assert.equal((await ask(port, { headers: { host } })).status, 200, host);
  }
  assert.match(await sendRaw(port, 'GET /metrics HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /);
});

test('further names can be allowed, and all', async (t) => {
  const named = await start(t, { allowedHosts: ['metrics.example'] });
  const headers = { host: 'Metrics.example:443' };
  assert.equal((await ask(named.port, { headers })).status, 200);
  assert.equal((await ask(named.port, { headers: { host: 'a.metrics.example' } })).status, 421);
  const all = await start(t, { allowedHosts: ['*'] });
  assert.equal((await ask(all.port, { headers })).status, 200);
});

test('an endpoint for other machines, or with credentials, answers under any name', async (t) => {
  const everywhere = await start(t, { host: '0.0.0.0' });
  const headers = { host: 'orders.example' };
  assert.equal((await ask(everywhere.port, { headers })).status, 200);
  const secured = await startSecured(t, { basic_auth_users: { dave: HASHES.dave } });
  assert.equal((await ask(secured.port, { headers })).status, 401);
  assert.equal(
    (await ask(secured.port, { headers: { ...headers, ...basic('dave', 'dave123') } })).status,
    200,
  );
});

/** Requests as browsers send them for pages of other origins. */
const FOREIGN = [
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', origin: 'http://localhost:3000' },
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  { origin: 'http://evil.example' },
  { origin: 'null' },
];

/** Requests of the page itself, of links, of allowed origins, and of clients that are no browsers. */
const ownRequests = (port: number) => [
  {},
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none', origin: 'chrome-extension://abc' },
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  { 'sec-fetch-site': 'cross-site', origin: 'https://graphs.example' },
  { origin: `http://localhost:${port}` },
];

async function statusOf(port: number, path: string, headers: OutgoingHttpHeaders) {
  const response = await respond({ port, path, headers: { host: `localhost:${port}`, ...headers } });
  response.destroy();
  return response.statusCode;
}

test('pages of other origins get neither the page nor its stream', async (t) => {
  const refusals: Refusal[] = [];
  const { port } = await start(t, {
    page: 'on',
    corsOrigins: ['https://graphs.example'],
    events: { refused: (reason) => refusals.push(reason) },
  });
  for (const path of ['/', '/page/page.js', '/page/events', '/page/profiles']) {
    for (const headers of FOREIGN) {
      assert.equal(await statusOf(port, path, headers), 403, JSON.stringify(headers));
    }
    for (const headers of ownRequests(port)) {
      assert.notEqual(await statusOf(port, path, headers), 403, JSON.stringify(headers));
    }
  }
  assert.deepEqual(refusals, Array(4 * FOREIGN.length).fill('origin'));
});

test('pages of other origins cannot start a profile with the credentials that the browser knows', async (t) => {
  const refusals: Refusal[] = [];
  const { port } = await start(t, {
    page: 'on',
    pprof: true,
    // Requests that are let in end with 503, so that no profile is taken.
    inspectionObstacle: 'a test',
    webConfig: { basic_auth_users: { carol: HASHES.carol } },
    corsOrigins: ['https://graphs.example'],
    events: { refused: (reason) => refusals.push(reason) },
  });
  const known = basic('carol', 'carol123');
  for (const path of ['/page/profiles', '/debug/pprof/profile', '/debug/pprof/heap', '/debug/pprof/']) {
    for (const headers of FOREIGN) {
      assert.equal(await statusOf(port, path, { ...known, ...headers }), 403, JSON.stringify(headers));
    }
    for (const headers of ownRequests(port)) {
      assert.notEqual(await statusOf(port, path, { ...known, ...headers }), 403, JSON.stringify(headers));
    }
  }
  assert.deepEqual(refusals, Array(4 * FOREIGN.length).fill('origin'));
});
