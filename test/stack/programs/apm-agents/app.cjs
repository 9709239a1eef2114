/* A service that answers requests to itself, and tells what its agent and its endpoint have counted. */
const http = require('node:http');
const { metrics } = require('@opentelemetry/api');

const REQUESTS = 5;
const orders = metrics.getMeter('shop').createCounter('shop.orders');
const server = http.createServer((_, response) => {
  orders.add(2);
  response.end('ok');
});

function get(port) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/orders' }, (response) => {
      response.resume().on('end', resolve);
    });
    request.on('error', reject);
  });
}

/** The endpoint may not be open yet. */
async function scrape() {
  const url = `http://127.0.0.1:${process.env.OTEL_EXPORTER_PROMETHEUS_PORT}/metrics`;
  for (let tries = 0; tries < 200; tries++) {
    try {
      return await (await fetch(url)).text();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error('the endpoint does not answer');
}

server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  for (let n = 0; n < REQUESTS; n++) await get(port);
  if (process.argv[2] === 'scrape') await scrape();
  const traced = await globalThis.tracedRequests?.();
  const exposition = process.argv[2] === 'scrape' ? await scrape() : '';
  console.log(`result: ${JSON.stringify({ traced, exposition })}`);
  process.exit();
});
