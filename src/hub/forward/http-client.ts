import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { reasonOf } from '../../base/reason.ts';
import type { Component, Refused, Retryable } from './forwarder.ts';
import type { TlsFiles } from './tls-files.ts';

/** Statuses after which the same request may be sent again. (OTLP specification, "Retryable Response Codes") */
const RETRYABLE = new Set([429, 502, 503, 504]);
/** The maximum size of a response. Receivers have no longer ones. */
const MAX_RESPONSE_BYTES = 2 ** 20;

export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  /** The received part. A break after the status does not change the meaning of the status. */
  readonly body: Buffer;
}

/** Sends requests to one URL over HTTP/1.1, on persistent connections. */
export class HttpClient {
  readonly server: NonNullable<Component['server']>;
  private readonly url: URL;
  private readonly client: typeof http | typeof https;
  private readonly agent: http.Agent;
  private readonly connections: ReadonlySet<Duplex>;

  constructor(url: URL, files: Partial<TlsFiles> = {}) {
    this.url = url;
    const isSecure = url.protocol === 'https:';
    this.client = isSecure ? https : http;
    const options = { keepAlive: true, ...proxyOptions() };
    this.agent = isSecure ? new https.Agent({ ...options, ...files }) : new http.Agent(options);
    this.connections = watchConnections(this.agent);
    this.server = {
      address: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(url.port) || (isSecure ? 443 : 80),
    };
  }

  /** Sends one request, in at most `timeout` milliseconds. Never rejects. */
  async send(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    timeout: number,
  ): Promise<HttpResponse | Retryable> {
    const signal = AbortSignal.timeout(timeout);
    try {
      const sent = this.client.request(this.url, {
        method,
        headers: { ...headers, 'content-length': body.length },
        agent: this.agent,
        signal,
      });
      // An error after the response, such as a timeout within its body, changes nothing.
      sent.on('error', () => {});
      sent.end(body);
      const [response]: IncomingMessage[] = await once(sent, 'response', { signal });
      if (response === undefined) throw new Error('there was no response');
      const { statusCode: status = 0, statusMessage: statusText = '' } = response;
      return { status, statusText, headers: response.headers, body: await read(response) };
    } catch (error) {
      if (signal.aborted) {
        for (const connection of this.connections) connection.destroy();
        return { outcome: 'retryable', errorType: 'timeout', reason: `no answer within ${timeout} ms` };
      }
      return { outcome: 'retryable', ...describeError(error) };
    }
  }

  close(): void {
    this.agent.destroy();
  }
}

/** The answer of a receiver that did not accept a request, with its message. */
export function failureOf(
  { status, statusText, headers }: HttpResponse,
  message: string,
  isRetryable = RETRYABLE.has(status),
): Retryable | Refused {
  const failure = {
    errorType: String(status),
    reason: `it answers ${status} ${statusText}`.trimEnd() + (message === '' ? '' : `: ${message}`),
    status: { 'http.response.status_code': status },
  };
  if (!isRetryable) return { outcome: 'refused', ...failure };
  return { outcome: 'retryable', ...failure, wait: waitOf(headers['retry-after']) };
}

/** Node.js takes a proxy from the environment only where it is told to, and then for its own agents alone. */
function proxyOptions(): http.AgentOptions {
  return process.env.NODE_USE_ENV_PROXY === '1' ? { proxyEnv: process.env } : {};
}

/**
 * The open connections of an agent. A request that ends before its tunnel through a proxy is open does not close it, and
 * each retry would leave one behind.
 */
function watchConnections(agent: http.Agent): ReadonlySet<Duplex> {
  const connections = new Set<Duplex>();
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const connection = create(options, callback);
    if (connection) {
      connections.add(connection);
      connection.once('close', () => connections.delete(connection));
    }
    return connection;
  };
  return connections;
}

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
