import assert from 'node:assert/strict';
import { once } from 'node:events';
import nodeHttp, { Agent, createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { test } from 'node:test';
import { listening } from './helpers/listening.ts';
import { connectionStates, measuredHttp } from './helpers/measured.ts';
import { done, failed } from './helpers/requests.ts';

const DURATION = 'http.client.request.duration';
const OPEN = 'http.client.open_connections';
const HOST = '127.0.0.1';

test('open connections are counted by state: active or idle', async (t) => {
  const http = measuredHttp(t);
  const server = createServer();
  const port = await listening(t, server);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const open = connectionStates(http);
  for (let i = 0; i < 2; i++) {
    const arrived = once(server, 'request');
    const reading = done(nodeHttp.request({ host: HOST, port, agent }));
    const [, response] = await arrived;
    await open(['active 1', 'idle 0']);
    response.end();
    await reading;
    await open(['active 0', 'idle 1']);
  }
  assert.deepEqual(await http.series('http.client.connection.duration'), []);
  agent.destroy();
  await open(['active 0', 'idle 0']);
  const [duration] = await http.series('http.client.connection.duration');
  assert.deepEqual(duration?.attributes, { 'server.address': HOST, 'server.port': port });
  assert.equal(duration?.count, 1);
});

test('a connection that fails to open is not counted', async (t) => {
  const http = measuredHttp(t);
  const closed = createTcpServer();
  const port = await listening({ after: () => {} }, closed);
  closed.close();
  await failed(nodeHttp.get({ host: HOST, port }));
  await http.counted(DURATION, 1);
  assert.deepEqual(await http.series(OPEN), []);
});
