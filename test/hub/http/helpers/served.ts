import assert from 'node:assert/strict';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { type DiagLogger, DiagLogLevel } from '@opentelemetry/api';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { diag } from '../../../../src/base/diag.ts';
import { type ServerOptions, startServer } from '../../../../src/hub/server.ts';
import {
  counter,
  type GivenHistogram,
  histogram,
  type Point,
  resourceMetrics,
  scope,
} from '../../expose/helpers/metrics.ts';

/** A real server, and clients for it. */

export function result(...points: Point<number>[]): CollectionResult {
  return {
    resourceMetrics: resourceMetrics({}, scope('s', counter({ name: 'hits' }, ...points))),
    errors: [],
  };
}

export const BODY = '# TYPE hits_total counter\nhits_total{otel_scope_name="s"} 1\n';

/** A body of several megabytes, more than sockets buffer. */
export function largeResult(): CollectionResult {
  const points = Array.from(
    { length: 20_000 },
    (_, i): Point<GivenHistogram> => [
      { route: `/a/rather/long/route/number/${i}` },
      { boundaries: [1, 2, 3, 4, 5], counts: [1, 1, 1, 1, 1, 1], sum: i },
    ],
  );
  return {
    resourceMetrics: resourceMetrics({}, scope('s', histogram({ name: 'h' }, ...points))),
    errors: [],
  };
}

export async function start(t: TestContext, options: Partial<ServerOptions> = {}) {
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    collect: async () => result([{}, 1]),
    ...options,
  });
  t.after(() => server.close());
  return server;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export function respond(options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', agent: false, path: '/metrics', ...options }, resolve)
      .on('error', reject)
      .end();
  });
}

export async function ask(port: number, options: RequestOptions = {}): Promise<Answer> {
  const response = await respond({ port, ...options });
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** The server's answer to these bytes, until it closes the connection. */
export function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

/** The lines that are logged as warnings while the test runs. */
export function warnings(t: TestContext): string[] {
  const lines: string[] = [];
  const ignore = () => {};
  const logger: DiagLogger = {
    error: ignore,
    warn: (line: string) => lines.push(line),
    info: ignore,
    debug: ignore,
    verbose: ignore,
  };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN });
  t.after(() => diag.disable());
  return lines;
}

export async function untilLetIn(port: number): Promise<void> {
  let status: number | undefined;
  do ({ status } = await ask(port, { method: 'HEAD' }));
  while (status === 503);
  assert.equal(status, 200);
}
