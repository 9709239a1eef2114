import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { Pool } from 'undici';
import { listening } from './helpers/listening.ts';
import { connectionStates, measuredHttp } from './helpers/measured.ts';

test('a pool of undici has its open connections, and a request that waits for one is not active yet', async (t) => {
  const http = measuredHttp(t);
  const server = createServer();
  const port = await listening(t, server);
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 2 });
  const open = connectionStates(http);
  const waiting: { end(): void }[] = [];
  const two = new Promise<void>((resolve) => {
    server.on('request', (_request, response) => {
      waiting.push(response);
      if (waiting.length === 2) resolve();
    });
  });
  const answers = Array.from({ length: 5 }, async () => {
    const { body } = await pool.request({ path: '/', method: 'GET' });
    await body.dump();
  });
  await two;
  await open(['active 2', 'idle 0']);
  assert.equal(await http.total('http.client.active_requests'), 2);
  for (let i = 0; i < 5; i++) {
    while (waiting.length === 0) await once(server, 'request');
    waiting.shift()?.end();
  }
  await Promise.all(answers);
  await open(['active 0', 'idle 2']);
  await http.counted('http.client.request.duration', 5);
  await pool.destroy();
  await open(['active 0', 'idle 0']);
});
