import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { metricsHandler, setRoute } from 'pitot';
import { Relay } from './relay.ts';

export interface ServiceOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** The token that clients of `/relay` present. */
  readonly token: string;
  /** Prometheus' login, as `user:password`; without it the metrics are open to everybody. */
  readonly metricsLogin?: string | undefined;
  /** PEM texts, for HTTPS and WSS instead of HTTP and WS. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Starts the relay with its HTTP routes on one port. */
export async function startService({ port, token, metricsLogin, tls }: ServiceOptions) {
  const server = tls === undefined ? createServer() : createTlsServer(tls);
  const relay = new Relay(server, token);
  const metrics: Handler = metricsHandler();
  const routes: ReadonlyMap<string | undefined, Handler> = new Map<string, Handler>([
    ['/health', (_, response) => sendJson(response, { status: 'ok' })],
    ['/status', (_, response) => sendJson(response, statusOf(relay))],
    ['/metrics', (_, response) => sendJson(response, numbersOf(relay))],
    [
      '/prometheus',
      (request, response) => {
        if (isLoggedIn(request, metricsLogin)) metrics(request, response);
        else response.writeHead(401, { 'www-authenticate': 'Basic realm="metrics"' }).end();
      },
    ],
  ]);
  server.on('request', (request, response) => {
    const path = request.url?.split('?')[0];
    const handler = routes.get(path);
    if (handler === undefined || path === undefined) {
      response.writeHead(404).end();
      return;
    }
    setRoute(request, path);
    handler(request, response);
  });
  server.listen(port, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server listens on no port');
  return {
    url: `${tls === undefined ? 'http' : 'https'}://localhost:${address.port}`,
    close: () => {
      relay.close();
      server.close();
    },
  };
}

function statusOf(relay: Relay) {
  return { status: 'up', uptime: Math.round(process.uptime()), connections: relay.connections };
}

/** For clients from before there was Prometheus. */
function numbersOf({ connections, sessions, pending, runs }: Relay) {
  const memory = process.memoryUsage.rss();
  return { connections, sessions: sessions.count, pending, queue: runs.length, memory };
}

function isLoggedIn({ headers }: IncomingMessage, login: string | undefined): boolean {
  if (login === undefined) return true;
  const given = Buffer.from(headers.authorization ?? '');
  const expected = Buffer.from(`Basic ${Buffer.from(login).toString('base64')}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function sendJson(response: ServerResponse, body: object): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
}
