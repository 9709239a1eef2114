/** The service that page-paint.ts looks at: so many metrics of ten series each, and a few requests. */
import { createServer } from 'node:http';
import { metrics } from '@opentelemetry/api';

const METRICS = Number(process.argv[2]);
const SERIES = 10;

const meter = metrics.getMeter('large');
for (let i = 0; i < METRICS; i++) {
  const counter = meter.createCounter(`app.part${i % 50}.operation${i}`, {
    description: `Operations of kind ${i}.`,
  });
  for (let id = 0; id < SERIES; id++) counter.add(i + id, { 'tenant.id': id });
}
const server = createServer((_, response) => response.end('done')).listen(0, '127.0.0.1', async () => {
  const address = server.address();
  if (typeof address !== 'object' || address === null) return;
  for (let i = 0; i < 50; i++) await (await fetch(`http://127.0.0.1:${address.port}/`)).text();
  console.log('ready');
});
