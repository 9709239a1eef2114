import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { isObject } from '../../base/is-object.ts';
import { safely } from '../../base/safely.ts';
import { type Method, replaceMethod } from '../patching/replace-method.ts';
import { measuredObjects } from './measured-objects.ts';
import { ConnectionScope, countAttempt } from './websocket-connection.ts';
import type { MessageType, RouteOptions } from './websocket-names.ts';
import { receivedBytes, sentBytes } from './websocket-payload.ts';

/** The used part of a connection of `ws`. */
interface WebSocketLike {
  readonly readyState: number;
  emit(event: string | symbol, ...args: unknown[]): boolean;
  send(data: never): void;
}

/** The used part of a `WebSocketServer` of `ws` 7 and 8. */
export interface WebSocketServerLike {
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    upgradeHead: Buffer,
    callback: (client: WebSocketLike, request: IncomingMessage) => void,
  ): void;
}

const OPEN = 1;

const measured = measuredObjects();

/**
 * See `websocket.server`. Every connection comes through `handleUpgrade`, also with `noServer`. pitot follows
 * a connection by its `emit` and not by listeners: a listener for `error` would keep an unhandled error from
 * ending the process, and the application may remove all listeners.
 */
export function instrumentServer<Server extends WebSocketServerLike>(
  server: Server,
  options?: RouteOptions,
): Server {
  safely('websocket.server', () => {
    if (!isObject(server) || !('handleUpgrade' in server)) {
      throw new TypeError('expected a WebSocketServer of ws, which has handleUpgrade()');
    }
    if (measured.has(server)) return;
    replaceMethod(server, 'handleUpgrade', (original) => {
      return function handleUpgrade(this: unknown, ...args: unknown[]) {
        return followHandshake(args, options ?? {}, (observed) => Reflect.apply(original, this, observed));
      };
    });
    measured.add(server);
  });
  return server;
}

/**
 * `handleUpgrade` for the prototype of all servers of a copy of `ws`. It skips servers that are measured by
 * themselves, and sockets of measured servers that use `ws` inside.
 */
export function measuredUpgrades(original: Method): Method {
  return function handleUpgrade(this: unknown, ...args: unknown[]) {
    if ([this, args[1]].some((one) => isObject(one) && measured.has(one))) {
      return Reflect.apply(original, this, args);
    }
    return followHandshake(args, pathOf(this), (observed) => Reflect.apply(original, this, observed));
  };
}

/** A server that accepts one path has it as its route. */
function pathOf(server: unknown): RouteOptions {
  const options = isObject(server) && 'options' in server ? server.options : undefined;
  const path = isObject(options) && 'path' in options ? options.path : undefined;
  return typeof path === 'string' ? { route: path } : {};
}

/** Runs `upgrade` with a callback that reports the connection; a socket that closes first had none. */
function followHandshake(
  args: readonly unknown[],
  options: RouteOptions,
  upgrade: (args: readonly unknown[]) => unknown,
): unknown {
  const [request, socket, head, callback, ...others] = args;
  if (typeof callback !== 'function' || !isSocket(socket)) return upgrade(args);
  const refused = () => {
    safely('websocket.server', () => countAttempt(socket.writableEnded ? 'rejected' : 'aborted', options));
  };
  const opened = function (this: unknown, ...opening: unknown[]) {
    socket.off('close', refused);
    safely('websocket.server', () => followConnection(opening[0], options));
    return Reflect.apply(callback, this, opening);
  };
  socket.once('close', refused);
  try {
    return upgrade([request, socket, head, opened, ...others]);
  } catch (error) {
    socket.off('close', refused);
    throw error;
  }
}

function followConnection(client: unknown, options: RouteOptions): void {
  if (!isConnection(client)) return;
  const buffered = 'bufferedAmount' in client ? () => Number(client.bufferedAmount) : undefined;
  const scope = new ConnectionScope({ ...options, buffered });
  let fragmented: MessageType | undefined;

  replaceMethod(client, 'emit', (original) => {
    return function emit(this: unknown, ...args: unknown[]) {
      const [event, data, isBinary = typeof data !== 'string'] = args;
      if (event === 'message') {
        const type = isBinary ? 'binary' : 'text';
        safely('a message that came in', () => {
          scope.transferred('receive', type, receivedBytes(data), true);
        });
        return scope.process(type, () => Reflect.apply(original, this, args));
      }
      if (event === 'error') scope.fail(data);
      if (event === 'close') scope.end();
      return Reflect.apply(original, this, args);
    };
  });

  replaceMethod(client, 'send', (original) => {
    return function send(this: unknown, ...args: unknown[]) {
      const open = client.readyState === OPEN;
      const result = Reflect.apply(original, this, args);
      if (open) {
        safely('a message that went out', () => {
          const [data, options] = args;
          const { binary, fin } = sendOptions(data, options);
          const type = fragmented ?? (binary ? 'binary' : 'text');
          fragmented = fin ? undefined : type;
          scope.transferred('transmit', type, sentBytes(data), Boolean(fin));
        });
      }
      return result;
    };
  });
}

/** The options of `send` with the defaults of `ws`. */
function sendOptions(data: unknown, options: unknown): { readonly binary: unknown; readonly fin: unknown } {
  const defaults = { binary: typeof data !== 'string' && typeof data !== 'number', fin: true };
  return typeof options === 'object' ? { ...defaults, ...options } : defaults;
}

function isSocket(value: unknown): value is Duplex {
  return isObject(value) && 'once' in value && 'off' in value;
}

function isConnection(value: unknown): value is WebSocketLike {
  return isObject(value) && 'emit' in value && 'send' in value;
}
