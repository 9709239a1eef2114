import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { IExportMetricsServiceResponse, ISerializer } from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { reasonOf } from '../../base/reason.ts';
import type { Config } from '../../config/settings/table.ts';
import type { Answer, Forwarder } from './forwarder.ts';
import type { OtlpBase } from './otlp-base.ts';
import { readResponse } from './partial-success.ts';
import { receiverText } from './receiver-text.ts';
import { readRpcStatus } from './rpc-status.ts';
import type { TlsFiles } from './tls-files.ts';

const compress = promisify(gzip);

/** OTLP specification, "Retryable Response Codes". */
const RETRYABLE = new Set([429, 502, 503, 504]);
/** The maximum size of a response. The specification has no longer ones. */
const MAX_RESPONSE_BYTES = 2 ** 20;

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
  private readonly url: URL;
  private readonly encoding: HttpEncoding;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly isCompressed: boolean;
  private readonly client: typeof http | typeof https;
  private readonly agent: http.Agent;

  constructor(config: Config, files: TlsFiles, encoding: HttpEncoding, base: OtlpBase) {
    this.target = base.target;
    this.selectTemporality = base.selectTemporality;
    this.url = new URL(config.otlpEndpoint);
    this.encoding = encoding;
    this.isCompressed = config.otlpCompression === 'gzip';
    this.headers = {
      'user-agent': base.userAgent,
      ...lowerCased(config.otlpHeaders),
      'content-type': encoding.contentType,
      ...(this.isCompressed ? { 'content-encoding': 'gzip' } : {}),
    };
    const isSecure = this.url.protocol === 'https:';
    this.client = isSecure ? https : http;
    const keepAlive = true;
    this.agent = isSecure ? new https.Agent({ keepAlive, ...files }) : new http.Agent({ keepAlive });
    this.component = {
      type: encoding.componentType,
      server: {
        address: this.url.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: Number(this.url.port) || (isSecure ? 443 : 80),
      },
      expectedErrors: ['ECONNREFUSED', 'timeout', '429', '503', 'rejected'],
    };
  }

  encode(metrics: ResourceMetrics): Uint8Array {
    return this.encoding.serializer.serializeRequest(metrics) ?? new Uint8Array();
  }

  async attempt(request: Uint8Array, timeout: number): Promise<Answer> {
    const signal = AbortSignal.timeout(timeout);
    try {
      const body = this.isCompressed ? await compress(request) : request;
      const sent = this.client.request(this.url, {
        method: 'POST',
        headers: { ...this.headers, 'content-length': body.length },
        agent: this.agent,
        signal,
      });
      // An error after the response, such as a timeout within its body, changes nothing.
      sent.on('error', () => {});
      sent.end(body);
      const [response]: IncomingMessage[] = await once(sent, 'response');
      if (response === undefined) throw new Error('there was no response');
      return this.answerOf(response, await read(response));
    } catch (error) {
      if (signal.aborted) {
        return { outcome: 'retryable', errorType: 'timeout', reason: `no answer within ${timeout} ms` };
      }
      return { outcome: 'retryable', ...describeError(error) };
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private answerOf({ statusCode = 0, statusMessage, headers }: IncomingMessage, body: Buffer): Answer {
    const status = { 'http.response.status_code': statusCode };
    if (statusCode >= 200 && statusCode < 300) {
      const { serializer } = this.encoding;
      const said = readResponse(body, (response) => serializer.deserializeResponse(response));
      return { outcome: 'accepted', ...said, status };
    }
    const message = messageOf(headers['content-type'], body);
    const failure = {
      errorType: String(statusCode),
      reason:
        `it answers ${statusCode} ${statusMessage ?? ''}`.trimEnd() + (message === '' ? '' : `: ${message}`),
      status,
    };
    if (!RETRYABLE.has(statusCode)) return { outcome: 'refused', ...failure };
    return { outcome: 'retryable', ...failure, wait: waitOf(headers['retry-after']) };
  }
}

/** Names of headers are case-insensitive. One that pitot sets itself appears only once. */
function lowerCased(headers: Config['otlpHeaders']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The received part of the body. A break after the status does not change the meaning of the status. */
async function read(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_RESPONSE_BYTES) break;
      chunks.push(chunk);
    }
  } catch {
    // The part before the error counts.
  }
  return Buffer.concat(chunks);
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

/** Milliseconds from a number of seconds or a date; `undefined` for anything else. (RFC 9110, "Retry-After") */
function waitOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const time = Date.parse(retryAfter);
  return Number.isNaN(time) ? undefined : Math.max(0, time - Date.now());
}

function describeError(error: unknown): { errorType: string; reason: string } {
  if (!(error instanceof Error)) return { errorType: '_OTHER', reason: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  // The common error of several tried addresses has no text, so this takes the first one's.
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return { errorType: code, reason: reasonOf(cause) };
}
