import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Lifetime } from '../../../harness/lifetime.ts';
import { decodeOtlpMetrics, type OtlpMetric } from '../../../harness/otlp-decoding.ts';

/** The receiver's reaction to a request: an answer; none at all; or a connection that breaks. */
export type HttpAnswer =
  | {
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string | Uint8Array;
    }
  /** A status, and a body that never ends. */
  | { readonly status: number; readonly endless: true }
  | 'silence'
  | 'reset';

export interface HttpReceiver {
  readonly url: string;
  readonly port: number;
  /** The requests, accepted or not, in order. */
  readonly requests: readonly { readonly body: Buffer; readonly metrics: readonly OtlpMetric[] }[];
  /** Ends it and its connections. */
  close(): void;
}

export interface HttpOptions {
  /** Free unless told otherwise. */
  readonly port?: number;
  /** By the number of the request, from 0 on. */
  readonly answer?: (request: number) => HttpAnswer;
}

/** A receiver of uncompressed OTLP over HTTP in protobuf that answers as it is told. */
export async function startHttpReceiver(
  lifetime: Lifetime,
  { port = 0, answer = () => ({ status: 200 }) }: HttpOptions = {},
): Promise<HttpReceiver> {
  const requests: HttpReceiver['requests'][number][] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    requests.push({ body, metrics: decodeOtlpMetrics(body, 'protobuf') });
    const said = answer(requests.length - 1);
    if (said === 'silence') return;
    if (said === 'reset') request.socket.resetAndDestroy();
    else if ('endless' in said) response.writeHead(said.status).write('and then');
    else response.writeHead(said.status, said.headers).end(said.body);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  lifetime.after(close);
  const { port: listening } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${listening}/v1/metrics`, port: listening, requests, close };
}
