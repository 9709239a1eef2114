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
import type { Lifetime } from '../harness/lifetime.ts';
import { decodeOtlpMetrics, type OtlpMetric } from '../harness/otlp-decoding.ts';

export interface GrpcRequest {
  readonly headers: IncomingHttpHeaders;
  readonly compressed: boolean;
  readonly metrics: readonly OtlpMetric[];
}

export interface GrpcReceiver {
  /** host:port */
  readonly target: string;
  readonly requests: readonly GrpcRequest[];
}

const EXPORT = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

/** The metrics service of OTLP/gRPC, on a free port of localhost: one message a call, framed as gRPC over HTTP/2 is. */
export async function startGrpcReceiver(
  lifetime: Lifetime,
  tls?: SecureServerOptions,
): Promise<GrpcReceiver> {
  const requests: GrpcRequest[] = [];
  const sessions = new Set<Http2Session>();
  const server = tls === undefined ? createServer() : createSecureServer(tls);
  server.on('session', (session) => sessions.add(session));
  server.on('stream', async (stream: ServerHttp2Stream, headers) => {
    const frame = await buffer(stream);
    const compressed = frame[0] === 1;
    const message = frame.subarray(5, 5 + frame.readUInt32BE(1));
    const known = headers[':path'] === EXPORT;
    if (known) {
      const metrics = decodeOtlpMetrics(compressed ? gunzipSync(message) : message, 'protobuf');
      requests.push({ headers, compressed, metrics });
    }
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': known ? '0' : '12' }));
    // An ExportMetricsServiceResponse without partial success is empty: no compression, length 0.
    stream.end(Buffer.alloc(5));
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  lifetime.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { target: `localhost:${(server.address() as AddressInfo).port}`, requests };
}
