/*
 * A service of everything that can become of a request. It announces its ports; whoever connects to the one
 * of `heap` is told how many bytes its JavaScript heap has after garbage collection.
 */
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createNetServer } from 'node:net';
import { getHeapStatistics } from 'node:v8';
import express from 'express';

const app = express();
const routes = express.Router();
app.use('/api', routes);

routes.get('/small/:id', (request, response) => response.json({ id: request.params.id }));
routes.get('/chunks/:count', async (request, response) => {
  for (let i = 0; i < Number(request.params.count); i++) {
    if (!response.write(Buffer.alloc(1000 * (i + 1), 'x'))) await once(response, 'drain');
  }
  response.end();
});
routes.post('/uploads/:id', async (request, response) => {
  let size = 0;
  for await (const chunk of request) size += chunk.length;
  response.status(201).json({ size });
});
routes.get('/failing/:id', (_, response) => response.sendStatus(500));
// The client is told by 103 that the request has arrived, so that it goes away after that.
routes.get('/unanswered/:id', (_, response) =>
  response.writeEarlyHints({ link: '</style.css>; rel=preload' }),
);
routes.get('/broken/:id', (_, response) => response.write('the first of many'));
routes.get('/late/:id', (request) => request.socket.setTimeout(20));
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
routes.get('/relayed/:id', async (request, response) => {
  const path = `/api/small/${request.params.id}`;
  const [answer] = await once(get({ host: '127.0.0.1', port: ports.http, path, agent }), 'response');
  for await (const _ of answer);
  await (await fetch(`http://127.0.0.1:${ports.http}${path}`)).text();
  response.status(204).end();
});

const server = createServer(app);
server.on('upgrade', (_, socket) => {
  socket.on('error', () => {});
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
  socket.pipe(socket);
});

const http2 = createHttp2Server((request, response) => {
  if (request.url === '/unfinished') response.write('the first of many');
  else request.pipe(response);
});

const heap = createNetServer((socket) => {
  global.gc();
  socket.on('error', () => {}).end(String(getHeapStatistics().used_heap_size));
});

const ports = {};
for (const [name, one] of Object.entries({ http: server, http2, heap })) {
  await once(one.listen(0, '127.0.0.1'), 'listening');
  ports[name] = one.address().port;
}
console.log(`ports ${JSON.stringify(ports)}`);
