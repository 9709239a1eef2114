import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { replaceMethod, type Undo } from '../../patching/replace-method.ts';
import { closedBy } from './ending.ts';
import { MEASURED, type Measurable, type MeasuredRequest } from './measured-request.ts';
import type { ServerMetrics } from './server-metrics.ts';

const EVENTS = ['upgrade', 'connect'] as const;
type UpgradeEvent = (typeof EVENTS)[number];

/**
 * Measures a server's requests that leave HTTP, to the end of their handshake. The first write on the
 * connection is the response: `101 Switching Protocols`, or a refusal. The traffic after it is no longer a
 * request (WebSockets have instruments of their own).
 *
 * A server without an `upgrade` listener answers such a request like any other. So pitot's listener stays
 * only as long as the application has one.
 */
export function measureUpgrades(server: Server, metrics: ServerMetrics): void {
  const listener = (request: IncomingMessage & Measurable, socket: Duplex) => {
    // One of the application's listeners may pass the event on to listeners that it took off the server.
    if (request[MEASURED] !== undefined) return;
    const scheme = 'encrypted' in socket && socket.encrypted === true ? 'https' : 'http';
    const series = metrics.seriesOf(scheme, request.httpVersion, request.method ?? null, request);
    const measured = metrics.begin(request, series, request.url ?? '');
    if (measured !== undefined) endWithFirstWrite(measured, socket, metrics);
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

/** Replaces two methods of the socket, and restores them before the first write goes through. */
function endWithFirstWrite(measured: MeasuredRequest, socket: Duplex, metrics: ServerMetrics): void {
  const finish = (chunk: unknown) => {
    for (const restore of restores) restore();
    socket.removeListener('close', onClose);
    const status = statusOf(chunk);
    if (measured.ended) return;
    const error = status === undefined ? closedBy(socket) : undefined;
    metrics.end(measured, status, error, undefined, undefined);
  };
  const onClose = () => finish(undefined);
  const restores = [beforeCall(socket, 'write', finish), beforeCall(socket, 'end', finish)];
  socket.once('close', onClose);
}

/** Calls `listener` with the first argument of each call of a method, before the call. */
function beforeCall(socket: Duplex, name: 'write' | 'end', listener: (argument: unknown) => void): Undo {
  return replaceMethod(socket, name, (original) => {
    return function (this: unknown, ...args) {
      listener(args[0]);
      return Reflect.apply(original, this, args);
    };
  });
}

/** The status of a response that begins with this chunk; `undefined` if the chunk does not begin a response. */
function statusOf(chunk: unknown): number | undefined {
  let text = '';
  if (typeof chunk === 'string') text = chunk.slice(0, 12);
  else if (chunk instanceof Uint8Array) text = Buffer.from(chunk.subarray(0, 12)).toString('latin1');
  const status = /^HTTP\/1\.[01] (\d{3})$/.exec(text)?.[1];
  return status === undefined ? undefined : Number(status);
}
