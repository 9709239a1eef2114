import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { IExportMetricsServiceResponse, ISerializer } from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Config } from '../../config/settings/table.ts';
import type { Answer, Forwarder } from './forwarder.ts';
import { failureOf, HttpClient, type HttpResponse } from './http-client.ts';
import type { OtlpBase } from './otlp-base.ts';
import { readResponse } from './partial-success.ts';
import { receiverText } from './receiver-text.ts';
import { readRpcStatus } from './rpc-status.ts';
import type { TlsFiles } from './tls-files.ts';

const compress = promisify(gzip);

export interface HttpEncoding {
  readonly contentType: string;
  readonly componentType: string;
  readonly serializer: ISerializer<ResourceMetrics, IExportMetricsServiceResponse>;
}

/** OTLP over HTTP/1.1, on persistent connections. */
export class OtlpHttpForwarder implements Forwarder {
  readonly target;
  readonly selectTemporality;
  readonly component;
  private readonly encoding: HttpEncoding;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly isCompressed: boolean;
  private readonly client: HttpClient;

  constructor(config: Config, files: TlsFiles, encoding: HttpEncoding, base: OtlpBase) {
    this.target = base.target;
    this.selectTemporality = base.selectTemporality;
    this.encoding = encoding;
    this.isCompressed = config.otlpCompression === 'gzip';
    this.headers = {
      'user-agent': base.userAgent,
      ...lowerCased(config.otlpHeaders),
      'content-type': encoding.contentType,
      ...(this.isCompressed ? { 'content-encoding': 'gzip' } : {}),
    };
    this.client = new HttpClient(new URL(config.otlpEndpoint), files);
    this.component = {
      type: encoding.componentType,
      server: this.client.server,
      expectedErrors: ['ECONNREFUSED', 'timeout', '429', '503', 'rejected'],
    };
  }

  encode(metrics: ResourceMetrics): Uint8Array {
    return this.encoding.serializer.serializeRequest(metrics) ?? new Uint8Array();
  }

  async attempt(request: Uint8Array, timeout: number): Promise<Answer> {
    const deadline = performance.now() + timeout;
    const body = this.isCompressed ? await compress(request) : request;
    const left = Math.max(1, Math.ceil(deadline - performance.now()));
    const response = await this.client.send('POST', this.headers, body, left);
    return 'outcome' in response ? response : this.answerOf(response);
  }

  close(): void {
    this.client.close();
  }

  private answerOf(response: HttpResponse): Answer {
    const { status, headers, body } = response;
    if (status < 200 || status >= 300) return failureOf(response, messageOf(headers['content-type'], body));
    const { serializer } = this.encoding;
    const said = readResponse(body, (bytes) => serializer.deserializeResponse(bytes));
    return { outcome: 'accepted', ...said, status: { 'http.response.status_code': status } };
  }
}

/** Names of headers are case-insensitive. One that pitot sets itself appears only once. */
function lowerCased(headers: Config['otlpHeaders']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/**
 * The message of the `Status` that a receiver should send with a failure. (OTLP specification, "Failures")
 * Prometheus and many proxies answer in plain text instead. HTML pages add nothing to the status.
 */
function messageOf(contentType = 'text/plain', body: Buffer): string {
  const [mediaType = ''] = contentType.toLowerCase().split(';');
  switch (mediaType.trim()) {
    case 'application/json':
      return receiverText(jsonMessage(body));
    case 'application/x-protobuf':
      return receiverText(readRpcStatus(body)?.message ?? '');
    case 'text/plain':
      return receiverText(body.toString());
    default:
      return '';
  }
}

function jsonMessage(body: Buffer): string {
  try {
    const { message }: { message?: unknown } = JSON.parse(body.toString());
    return typeof message === 'string' ? message : '';
  } catch {
    return '';
  }
}
