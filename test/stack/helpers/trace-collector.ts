import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Lifetime } from '../../harness/lifetime.ts';

/** Answers everything, and tells at `/traced` how many spans of servers have come over OTLP since it was asked last. */
export async function startTraceCollector(lifetime: Lifetime): Promise<string> {
  let traced = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    if (request.url === '/traced') {
      response.end(String(traced));
      traced = 0;
      return;
    }
    // The kind of a span of a server. (opentelemetry-proto, trace.proto, `SpanKind`)
    if (request.url === '/v1/traces') traced += body.match(/"kind":2/g)?.length ?? 0;
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  lifetime.after(() => void server.closeAllConnections());
  lifetime.after(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
