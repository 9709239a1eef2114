import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Lifetime } from './lifetime.ts';
import { decodeOtlpMetrics, type OtlpEncoding, type OtlpMetric } from './otlp-decoding.ts';
import { until } from './until.ts';

export interface OtlpRequest {
  readonly headers: IncomingHttpHeaders;
  readonly encoding: OtlpEncoding;
  readonly metrics: readonly OtlpMetric[];
}

export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT: the base, to which an exporter adds `/v1/metrics`. */
  readonly url: string;
  /** The accepted requests, in order. */
  readonly requests: readonly OtlpRequest[];
  /** The metric of that name as it was received last. */
  latest(name: string): OtlpMetric | undefined;
  /** Waits until the metric was received and is accepted. A request that was refused ends the wait. */
  receives(name: string, accept?: (metric: OtlpMetric) => boolean, timeout?: number): Promise<OtlpMetric>;
}

/** An answer other than 200, with its reason. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

const ENCODINGS: Readonly<Record<string, OtlpEncoding>> = {
  'application/x-protobuf': 'protobuf',
  'application/json': 'json',
};

/** A server for OTLP/HTTP metrics, as the OTLP specification describes it, on a free port of localhost. */
export async function startOtlpReceiver(lifetime: Lifetime): Promise<OtlpReceiver> {
  const requests: OtlpRequest[] = [];
  const refused: string[] = [];

  const server = createServer(async (request, response) => {
    try {
      const received = await read(request);
      requests.push(received);
      // An ExportMetricsServiceResponse without partial success is empty.
      const type = request.headers['content-type'] ?? '';
      response.writeHead(200, { 'content-type': type }).end(received.encoding === 'json' ? '{}' : '');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      refused.push(`${request.method} ${request.url}: ${reason}`);
      response.writeHead(error instanceof Refusal ? error.status : 400).end(reason);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lifetime.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;

  const latest = (name: string) =>
    requests.flatMap(({ metrics }) => metrics).findLast((metric) => metric.name === name);

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    latest,
    receives: (name, accept = () => true, timeout) =>
      until(
        () => {
          if (refused.length > 0) throw new Error(`the OTLP receiver refused\n${refused.join('\n')}`);
          const metric = latest(name);
          return metric !== undefined && accept(metric) ? metric : undefined;
        },
        {
          what: `the metric ${name}`,
          instead: () => `${requests.length} requests came, with ${namesOf(requests)}`,
          ...(timeout !== undefined && { timeout }),
        },
      ),
  };
}

async function read(request: IncomingMessage): Promise<OtlpRequest> {
  const { method, url, headers } = request;
  const body = await buffer(request);
  if (url !== '/v1/metrics') throw new Refusal(404, 'the only path is /v1/metrics');
  if (method !== 'POST') throw new Refusal(405, 'the only method is POST');
  const encoding = ENCODINGS[headers['content-type'] ?? ''];
  if (encoding === undefined) throw new Refusal(415, `no OTLP content type: ${headers['content-type']}`);
  const compression = headers['content-encoding'] ?? 'identity';
  if (compression !== 'gzip' && compression !== 'identity')
    throw new Refusal(415, `compressed with ${compression}`);
  const plain = compression === 'gzip' ? gunzipSync(body) : body;
  return { headers, encoding, metrics: decodeOtlpMetrics(plain, encoding) };
}

function namesOf(requests: readonly OtlpRequest[]): string {
  return [...new Set(requests.flatMap(({ metrics }) => metrics.map(({ name }) => name)))].join(', ');
}
