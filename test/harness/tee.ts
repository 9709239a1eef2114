import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Lifetime } from './lifetime.ts';

/**
 * Passes every request on to all of the addresses, `host:port` each, so that what one exporter sends reaches
 * several receivers unchanged. Answers 200 once all have taken it, and with the worst status otherwise.
 * Resolves to its own URL.
 */
export async function startTee(lifetime: Lifetime, addresses: readonly string[]): Promise<string> {
  const server = createServer(async (request, response) => {
    const { 'content-type': type = '', 'content-encoding': encoding } = request.headers;
    const body = await buffer(request);
    const statuses = await Promise.all(
      addresses.map(async (address) => {
        const answer = await fetch(`http://${address}${request.url}`, {
          method: 'POST',
          headers: { 'content-type': type, ...(encoding !== undefined && { 'content-encoding': encoding }) },
          body,
        });
        await answer.arrayBuffer();
        return answer.status;
      }),
    ).catch(() => [503]);
    response.writeHead(Math.max(...statuses), { 'content-type': type }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lifetime.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the tee listens on no port');
  return `http://127.0.0.1:${address.port}`;
}
