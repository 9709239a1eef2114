import { isObject } from '../../base/is-object.ts';
import { safely } from '../../base/safely.ts';
import { type Method, replaceMethod } from '../patching/replace-method.ts';
import { measuredObjects } from './measured-objects.ts';
import { ConnectionScope, countAttempt } from './websocket-connection.ts';
import type { RouteOptions } from './websocket-names.ts';
import { sentBytes } from './websocket-payload.ts';

/** The part of a `Server` of Socket.IO 4 that pitot uses. */
export interface SocketIoServerLike {
  path(): string;
  bind(engine: never): unknown;
}

/** How an Engine.IO connection ends when something went wrong with it. */
const FAULTS: readonly unknown[] = ['transport error', 'parse error', 'ping timeout'];

const measured = measuredObjects();

/**
 * See `websocket.socketIo`. Socket.IO gives its engine to `bind`, at once or when it is attached to a
 * server; connections are the engine's, and followed by their own `emit`, as those of `ws` are.
 */
export function instrumentSocketIo<Server extends SocketIoServerLike>(
  server: Server,
  options?: RouteOptions,
): Server {
  safely('websocket.socketIo', () => {
    if (!isObject(server) || !('bind' in server) || !('path' in server)) {
      throw new TypeError('expected a Server of socket.io, which has bind() and path()');
    }
    if (measured.has(server)) return;
    const route = { route: options?.route ?? server.path() };
    if ('engine' in server && isObject(server.engine)) followEngine(server.engine, route);
    replaceMethod(server, 'bind', (original) => {
      return function bind(this: unknown, ...args: unknown[]) {
        safely('websocket.socketIo', () => followEngine(args[0], route));
        return Reflect.apply(original, this, args);
      };
    });
    measured.add(server);
  });
  return server;
}

/** `bind` for the prototype of all servers of a copy of Socket.IO. */
export function measuredBind(original: Method): Method {
  return function bind(this: unknown, ...args: unknown[]) {
    safely('Socket.IO', () => {
      if (isObject(this) && 'path' in this && typeof this.path === 'function') {
        followEngine(args[0], { route: String(this.path()) });
      }
    });
    return Reflect.apply(original, this, args);
  };
}

function followEngine(engine: unknown, route: RouteOptions): void {
  if (!isObject(engine)) throw new TypeError('expected an engine of engine.io');
  if (measured.has(engine)) return;
  replaceMethod(engine, 'emit', (original) => {
    return function emit(this: unknown, ...args: unknown[]) {
      const [event, socket] = args;
      safely('websocket.socketIo', () => {
        if (event === 'connection' && isObject(socket)) followConnection(socket, route);
        if (event === 'connection_error') countAttempt('rejected', route);
      });
      return Reflect.apply(original, this, args);
    };
  });
  if ('handleUpgrade' in engine) replaceMethod(engine, 'handleUpgrade', claimingSockets);
  measured.add(engine);
}

/** Marks each request that the engine passes to its `ws` server: this file measures the connection. */
function claimingSockets(original: Method): Method {
  return function handleUpgrade(this: unknown, ...args: unknown[]) {
    if (isObject(args[1])) measured.add(args[1]);
    return Reflect.apply(original, this, args);
  };
}

function followConnection(socket: object, route: RouteOptions): void {
  const scope = new ConnectionScope({ ...route, buffered: () => bufferedBytes(socket) });
  const follow = (event: unknown, first: unknown, second: unknown) => {
    if (event === 'packet') count(scope, 'receive', first);
    if (event === 'packetCreate') count(scope, 'transmit', first);
    if (event !== 'close') return;
    if (FAULTS.includes(first))
      scope.fail(second instanceof Error ? second : String(first).replace(' ', '_'));
    scope.end();
  };
  replaceMethod(socket, 'emit', (original) => {
    return function emit(this: unknown, ...args: unknown[]) {
      safely('a connection of Socket.IO', () => follow(args[0], args[1], args[2]));
      return Reflect.apply(original, this, args);
    };
  });
}

/** Only packets of the type `message` carry something of the application's; others keep the connection. */
function count(scope: ConnectionScope, direction: 'receive' | 'transmit', packet: unknown): void {
  if (!isPacket(packet) || packet.type !== 'message') return;
  const type = typeof packet.data === 'string' ? 'text' : 'binary';
  scope.transferred(direction, type, sentBytes(packet.data), true);
}

/** The bytes that the engine has not yet passed to its transport, and those that the transport has not yet sent. */
function bufferedBytes(socket: object): number {
  const { writeBuffer, transport }: { writeBuffer?: unknown; transport?: unknown } = socket;
  let bytes = 0;
  if (Array.isArray(writeBuffer)) {
    for (const packet of writeBuffer) if (isPacket(packet)) bytes += sentBytes(packet.data);
  }
  const connection = isObject(transport) && 'socket' in transport ? transport.socket : undefined;
  if (isObject(connection) && 'bufferedAmount' in connection) bytes += Number(connection.bufferedAmount);
  return bytes;
}

function isPacket(value: unknown): value is { readonly type: unknown; readonly data?: unknown } {
  return isObject(value) && 'type' in value;
}
