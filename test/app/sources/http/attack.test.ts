import assert from 'node:assert/strict';
import { Agent, createServer, get, request } from 'node:http';
import { connect } from 'node:http2';
import type { LookupFunction } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setRoute } from '../../../../src/app/sources/http/measured-request.ts';
import { listening } from './helpers/listening.ts';
import { type Counted, type MeasuredHttp, measuredHttp, summary } from './helpers/measured.ts';
import { done } from './helpers/requests.ts';

const DURATION = 'http.server.request.duration';
const LIMIT = 40;
/** New values of each kind. */
const JUNK = 300;

function limited(t: TestContext): MeasuredHttp {
  const http = measuredHttp(t);
  http.recorder.configure({ seriesLimit: LIMIT });
  return http;
}

/**
 * A service with the mistake that makes an attack on cardinality possible: what nothing matches, or what is
 * under `/raw`, tells its path for a route.
 */
async function carelessApp(t: TestContext): Promise<number> {
  const { default: express } = await import('express');
  // In this environment Express does not print errors.
  const app = express().set('env', 'test');
  const areas = express.Router({ mergeParams: true });
  areas.get('/things/:thing', (_, response) => void response.send('ok'));
  areas.delete('/things/:thing', () => {
    throw Object.assign(new Error('no'), { status: 503 });
  });
  app.get('/users/:id', (_, response) => void response.send('ok'));
  app.use('/areas/:area', areas);
  app.use('/ping', (_, response) => void response.send('pong'));
  app.use((request, response) => {
    setRoute(request, request.path);
    response.send('whatever');
  });
  return listening(t, createServer(app));
}

test('an attack by URLs, methods and hosts leaves every route that the router knows its own series', async (t) => {
  const http = limited(t);
  const port = await carelessApp(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  t.after(() => agent.destroy());
  const send = (method: string, path: string, host = 'service.example') =>
    done(request({ port, host: '127.0.0.1', agent, method, path, headers: { host } }));

  const junk = Array.from({ length: JUNK }, (_, i) => i);
  await Promise.all(junk.map((i) => send('GET', `/${i}/${i * 7}`)));
  await Promise.all(junk.map((i) => send('PROPFIND', `/word-${i}?x=${i}`)));
  await Promise.all(junk.map((i) => send('POST', '/users/1/', `${i}.example`)));
  const known = ['GET /users/1', 'GET /areas/2/things/3', 'DELETE /areas/2/things/3', 'PUT /ping'];
  for (const line of [...known, ...known]) {
    const [method = '', path = ''] = line.split(' ');
    await send(method, path);
  }

  const total = 3 * JUNK + 2 * known.length;
  for (const name of [DURATION, 'http.server.request.body.size', 'http.server.response.body.size']) {
    const series = await http.counted(name, total);
    assert.ok(series.length <= 2 * LIMIT, `${series.length} series`);
    const own = summary(series).filter(([text]) => /route=.*(:|ping)/.test(text));
    assert.deepEqual(own, [
      ['error=503 method=DELETE status=503 route=/areas/:area/things/:thing', 2],
      ['method=GET status=200 route=/areas/:area/things/:thing', 2],
      ['method=GET status=200 route=/users/:id', 2],
      ['method=PUT status=200 route=/ping', 2],
    ]);
    assert.ok(overflowOf(series) > JUNK);
  }
  const active = await http.series('http.server.active_requests');
  assert.deepEqual(active.map(({ attributes }) => attributes['http.request.method']).sort(), [
    'DELETE',
    'GET',
    'POST',
    'PUT',
    '_OTHER',
  ]);
});

test('methods that an HTTP/2 client invents share one series', async (t) => {
  const http = limited(t);
  const { createServer } = await import('node:http2');
  const server = createServer((_, response) => response.end('ok'));
  const client = connect(`http://127.0.0.1:${await listening(t, server)}`);
  t.after(() => client.destroy());
  const ask = (method: string) =>
    new Promise((resolve) => client.request({ ':method': method }).resume().on('close', resolve).end());
  await Promise.all(Array.from({ length: JUNK }, (_, i) => ask(`METHOD-${i}`)));
  assert.deepEqual(summary(await http.counted(DURATION, JUNK)), [['method=_OTHER status=200', JUNK]]);
});

test('forced requests to many hosts create a bounded number of series, and earlier hosts keep theirs', async (t) => {
  const http = limited(t);
  const server = createServer((_, response) => response.end('ok'));
  const port = await listening(t, server);
  const agent = new Agent({ keepAlive: true, maxTotalSockets: 8 });
  t.after(() => agent.destroy());
  const lookup: LookupFunction = (_host, _options, callback) =>
    callback(null, [{ address: '127.0.0.1', family: 4 }]);
  const ask = (host: string) => done(get({ host, port, lookup, agent }));

  await ask('payments.example');
  await Promise.all(Array.from({ length: JUNK }, (_, i) => ask(`tenant-${i}.example`)));
  await ask('payments.example');
  const series = await http.counted('http.client.request.duration', JUNK + 2);
  assert.ok(series.length <= LIMIT, `${series.length} series`);
  const payments = series.find(({ attributes }) => attributes['server.address'] === 'payments.example');
  assert.equal(payments?.count, 2);
  assert.equal(overflowOf(series), JUNK - LIMIT + 2);
});

function overflowOf(series: readonly Counted[]): number {
  return series.find(({ attributes }) => attributes['otel.metric.overflow'] === true)?.count ?? 0;
}
