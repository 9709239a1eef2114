import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Lifetime } from './lifetime.ts';

export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** @param respond answers a request; `number` counts from 0. An empty 200 unless told otherwise */
export async function startRecordingServer(
  lifetime: Lifetime,
  respond: (response: ServerResponse, request: RecordedRequest, number: number) => void = (response) =>
    void response.end(),
) {
  const requests: RecordedRequest[] = [];
  const server = createServer(async (message, response) => {
    const { method = '', url: path = '', headers } = message;
    const request = { method, path, headers, body: await buffer(message) };
    requests.push(request);
    respond(response, request, requests.length - 1);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lifetime.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { requests, host, url: `http://${host}` };
}
