/** The service under attack: `node service.mjs`, under pitot. It answers JSON and says on stdout where it listens. */
import { createServer } from 'node:http';
import { metrics } from '@opentelemetry/api';

const latency = metrics.getMeter('bench').createHistogram('orders.value');
for (let id = 0; id < 100; id++) latency.record(id, { id });

const server = createServer((request, response) => {
  const body = JSON.stringify({ id: request.url.slice(1), name: 'a name', roles: ['reader', 'writer'] });
  response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
