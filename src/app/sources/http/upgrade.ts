import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { closedBy } from './ending.ts';
import { EXCHANGE, type Exchange, type Measured } from './exchange.ts';
import type { ServerMetrics } from './server-metrics.ts';

const EVENTS = ['upgrade', 'connect'] as const;
type UpgradeEvent = (typeof EVENTS)[number];

/**
 * Measures the requests of a server that leave HTTP, to the end of their handshake: the first thing that
 * is written on the connection is the response, `101 Switching Protocols` or a refusal. What comes after
 * it is no longer a request (a WebSocket has instruments of its own).
 *
 * A server that has no listener for `upgrade` answers such a request as any other, so that ours may be
 * there only as long as there is one of the application's.
 */
export function measureUpgrades(server: Server, metrics: ServerMetrics): void {
  const listener = (request: IncomingMessage & Measured, socket: Duplex) => {
    // A listener of the application's may pass the event on to listeners it had taken off the server.
    if (request[EXCHANGE] !== undefined) return;
    const scheme = 'encrypted' in socket && socket.encrypted === true ? 'https' : 'http';
    const group = metrics.group(scheme, request.httpVersion);
    const exchange = metrics.begin(request, group, request.method ?? null, request.url ?? '');
    if (exchange !== undefined) endWithFirstWrite(exchange, socket, metrics);
  };
  const join = (event: UpgradeEvent) => {
    if (!server.listeners(event).includes(listener)) server.prependListener(event, listener);
  };
  for (const event of EVENTS) if (server.listenerCount(event) > 0) join(event);
  server.on('newListener', (event: string, added: unknown) => {
    if (isUpgradeEvent(event) && added !== listener) join(event);
  });
  server.on('removeListener', (event: string, removed: unknown) => {
    if (!isUpgradeEvent(event) || removed === listener) return;
    if (server.listenerCount(event) === 1) server.removeListener(event, listener);
  });
}

function isUpgradeEvent(event: string): event is UpgradeEvent {
  return event === 'upgrade' || event === 'connect';
}

/** The methods that are replaced for it are put back before the first write goes through. */
function endWithFirstWrite(exchange: Exchange, socket: Duplex, metrics: ServerMetrics): void {
  const finish = (chunk: unknown) => {
    for (const restore of restores) restore();
    socket.removeListener('close', onClose);
    const status = statusOf(chunk);
    if (!exchange.ended) metrics.end(exchange, status, status === undefined ? closedBy(socket) : undefined);
  };
  const onClose = () => finish(undefined);
  const restores = [beforeCall(socket, 'write', finish), beforeCall(socket, 'end', finish)];
  socket.once('close', onClose);
}

/** Has `listener` called with the first argument of the next call of a method. */
function beforeCall(
  socket: Duplex,
  name: 'write' | 'end',
  listener: (argument: unknown) => void,
): () => void {
  const own = Object.getOwnPropertyDescriptor(socket, name);
  const original: unknown = Reflect.get(socket, name);
  const replacement = (...args: unknown[]): unknown => {
    listener(args[0]);
    return Reflect.apply(original as (...args: unknown[]) => unknown, socket, args);
  };
  Object.defineProperty(socket, name, { value: replacement, configurable: true, writable: true });
  return () => {
    // Whoever has replaced the method since then goes on to call ours, which goes on to call the original.
    if (Reflect.get(socket, name) !== replacement) return;
    if (own === undefined) Reflect.deleteProperty(socket, name);
    else Object.defineProperty(socket, name, own);
  };
}

/** The status of a response that begins with this chunk; `undefined` where it is none. */
function statusOf(chunk: unknown): number | undefined {
  let text = '';
  if (typeof chunk === 'string') text = chunk.slice(0, 12);
  else if (chunk instanceof Uint8Array) text = Buffer.from(chunk.subarray(0, 12)).toString('latin1');
  const status = /^HTTP\/1\.[01] (\d{3})$/.exec(text)?.[1];
  return status === undefined ? undefined : Number(status);
}
