import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Lifetime } from '../../../harness/lifetime.ts';
import { decodeOtlpMetrics, type OtlpMetric } from '../../../harness/otlp-decoding.ts';

export interface GrpcRequest {
  readonly headers: IncomingHttpHeaders;
  readonly compressed: boolean;
  readonly metrics: readonly OtlpMetric[];
}

/** The receiver's answer: a gRPC status with a message and the bytes of a google.rpc.Status, or a response. */
export interface GrpcAnswer {
  readonly status?: number;
  readonly message?: string;
  readonly details?: Uint8Array;
  readonly response?: Uint8Array;
}

export interface GrpcReceiver {
  /** host:port */
  readonly target: string;
  readonly port: number;
  readonly requests: readonly GrpcRequest[];
  /** Ends it and its connections. */
  close(): void;
}

const EXPORT = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

export interface GrpcOptions {
  readonly tls?: SecureServerOptions;
  /** Free unless told otherwise. */
  readonly port?: number;
  /** By the number of the request, from 0 on; 'silence' never answers. */
  readonly answer?: (request: number) => GrpcAnswer | 'silence';
}

/** The metrics service of OTLP/gRPC on a port of localhost: one message a call, framed as gRPC over HTTP/2 is. */
export async function startGrpcReceiver(
  lifetime: Lifetime,
  { tls, port = 0, answer = () => ({}) }: GrpcOptions = {},
): Promise<GrpcReceiver> {
  const requests: GrpcRequest[] = [];
  const sessions = new Set<Http2Session>();
  const server = tls === undefined ? createServer() : createSecureServer(tls);
  server.on('session', (session) => sessions.add(session));
  server.on('stream', async (stream: ServerHttp2Stream, headers) => {
    const frame = await buffer(stream);
    const compressed = frame[0] === 1;
    const sent = frame.subarray(5, 5 + frame.readUInt32BE(1));
    const known = headers[':path'] === EXPORT;
    if (known) {
      const metrics = decodeOtlpMetrics(compressed ? gunzipSync(sent) : sent, 'protobuf');
      requests.push({ headers, compressed, metrics });
    }
    const said = known ? answer(requests.length - 1) : { status: 12 };
    if (said === 'silence') return;
    const { status = 0, message = '', details, response = new Uint8Array() } = said;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () =>
      stream.sendTrailers({
        'grpc-status': String(status),
        'grpc-message': message,
        ...(details === undefined
          ? {}
          : { 'grpc-status-details-bin': Buffer.from(details).toString('base64') }),
      }),
    );
    // Not compressed; the length follows.
    const head = Buffer.alloc(5);
    head.writeUInt32BE(response.length, 1);
    stream.end(status === 0 ? Buffer.concat([head, response]) : undefined);
  });
  server.listen(port, 'localhost');
  await once(server, 'listening');
  const close = () => {
    for (const session of sessions) session.destroy();
    server.close();
  };
  lifetime.after(close);
  const { port: listening } = server.address() as AddressInfo;
  return { target: `localhost:${listening}`, port: listening, requests, close };
}
