import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { TrafficReport } from './traffic-report.ts';

export interface ClientOptions {
  /** The service's URL, such as `http://localhost:3000`. */
  readonly url: string;
  /** Requests per second. */
  readonly rate: number;
  readonly signal: AbortSignal;
  readonly report: TrafficReport;
}

export interface Expected {
  /** The template of the answering route; null if no route matches. */
  readonly route: string | null;
  readonly status: number;
  readonly body?: object;
  readonly token?: string;
}

const PATIENCE_MS = 10_000;

/** Sends requests and adds each expected answer to the report; throws on an unexpected answer. */
export class Client {
  private readonly options: ClientOptions;

  constructor(options: ClientOptions) {
    this.options = options;
  }

  async request(method: 'GET' | 'POST' | 'DELETE', path: string, expected: Expected): Promise<unknown> {
    const { url, rate, signal, report } = this.options;
    if (rate < Number.POSITIVE_INFINITY) await pause(1000 / rate, undefined, { signal });
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(expected.body !== undefined && { 'content-type': 'application/json' }),
        ...(expected.token !== undefined && { authorization: `Bearer ${expected.token}` }),
      },
      ...(expected.body !== undefined && { body: JSON.stringify(expected.body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    if (response.status !== expected.status) {
      throw new Error(`${method} ${path} was answered ${response.status}, not ${expected.status}: ${text}`);
    }
    report.requests.add({ method, route: expected.route, status: response.status });
    return response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text;
  }

  async connect(path: string): Promise<LiveConnection> {
    const socket = new WebSocket(this.options.url.replace(/^http/, 'ws') + path);
    const connection = new LiveConnection(socket, this.options.report);
    await once(socket, 'open', { signal: AbortSignal.timeout(PATIENCE_MS) });
    this.options.report.requests.add({ method: 'GET', route: null, status: 101 });
    this.options.report.connections.add({ outcome: 'accepted' });
    return connection;
  }

  async connectInVain(path: string): Promise<void> {
    const socket = new WebSocket(this.options.url.replace(/^http/, 'ws') + path);
    await once(socket, 'error', { signal: AbortSignal.timeout(PATIENCE_MS) });
    this.options.report.requests.add({ method: 'GET', route: null, status: 400 });
    this.options.report.connections.add({ outcome: 'rejected' });
  }
}

/** A WebSocket connection. It adds its messages to the report, and queues them until `next` asks for them. */
export class LiveConnection {
  private readonly socket: WebSocket;
  private readonly report: TrafficReport;
  private readonly arrived: (string | ArrayBuffer)[] = [];

  constructor(socket: WebSocket, report: TrafficReport) {
    this.socket = socket;
    this.report = report;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      this.count('transmit', data);
      this.arrived.push(data);
    });
  }

  send(data: string | ArrayBuffer): void {
    this.socket.send(data);
    this.count('receive', data);
  }

  /** The next message. */
  async next(): Promise<string | ArrayBuffer> {
    for (;;) {
      const message = this.arrived.shift();
      if (message !== undefined) return message;
      await once(this.socket, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
    }
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.socket, 'close', { signal: AbortSignal.timeout(PATIENCE_MS) });
    this.socket.close();
    await closed;
  }

  private count(direction: 'receive' | 'transmit', data: string | ArrayBuffer): void {
    const type = typeof data === 'string' ? 'text' : 'binary';
    this.report.messages.add({ direction, type });
    this.report.bytes.add({ direction, type }, Buffer.byteLength(data));
  }
}
