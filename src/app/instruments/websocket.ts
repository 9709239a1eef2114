import { type Measured, type Timed, timed } from './timed.ts';
import { type ConnectionOptions, ConnectionScope, type WebSocketConnection } from './websocket-connection.ts';
import { type MessageOptions, MessageScope } from './websocket-message.ts';
import type { MessageType, RouteOptions } from './websocket-names.ts';
import { instrumentServer, type WebSocketServerLike } from './websocket-server.ts';
import { instrumentSocketIo, type SocketIoServerLike } from './websocket-socketio.ts';

export type { MessageType, SocketIoServerLike, WebSocketConnection, WebSocketServerLike };
/** Which route of the server is measured. */
export type WebSocketOptions = RouteOptions;
/** Which route a connection is on, and how many bytes wait in it. */
export type WebSocketConnectionOptions = ConnectionOptions;
/** Which message is processed. */
export type WebSocketMessageOptions = MessageOptions;

/**
 * Metrics of a service's WebSocket connections, as their server sees them. The semantic conventions have
 * none; names follow their naming rules (1.44.0, docs/general/naming.md) and their relatives
 * `signalr.server.*` and `network.io.direction`. All have `http.route` if it was given.
 *
 * - `websocket.server.connection.attempts` (counter, {attempt}): opening handshakes by
 *   `websocket.outcome`: `accepted`, `rejected` (the server refused) or `aborted` (the client left).
 * - `websocket.server.connection.active` (up-down counter, {connection}): connections that are open.
 * - `websocket.server.connection.duration` (histogram, s): how long the connections that ended were open;
 *   `error.type` on those that had an error.
 * - `websocket.server.messages` (counter, {message}) and `websocket.server.io` (counter, By): messages,
 *   and bytes of their payload before compression, by `websocket.io.direction` (`receive` or `transmit`)
 *   and `websocket.message.type` (`text` or `binary`). Pings, pongs and close frames are no messages.
 * - `websocket.server.process.duration` (histogram, s): how long the processing of messages that came in
 *   took, by `websocket.message.type`, `websocket.message.name` if the application told it, and `error.type`.
 * - `websocket.server.buffered` (observable up-down counter, By): what was given to open connections and
 *   waits to be sent.
 * - `websocket.server.errors` (counter, {error}): errors of connections, by `error.type`.
 */
export interface WebSocketInstruments {
  /**
   * Measures every connection that a `ws` server accepts from now on, and every handshake it sees; a
   * server that is given twice is measured once. Returns the server.
   *
   * ```ts
   * const sockets = websocket.server(new WebSocketServer({ server }));
   * ```
   *
   * A message counts as sent when the connection took it; what a socket loses afterwards is not known.
   * A handshake that the application itself answers, without the server, is not seen. The processing of a
   * message is timed until its listeners have returned; see `message` for those that go on afterwards.
   */
  server<Server extends WebSocketServerLike>(server: Server, options?: WebSocketOptions): Server;

  /**
   * Measures every connection of a Socket.IO server, by WebSocket and by polling alike; `http.route` is the
   * server's path unless told otherwise. Messages are the engine's, of which Socket.IO sends one for each
   * packet of its own and each binary attachment. Their processing is not seen; see `message`.
   */
  socketIo<Server extends SocketIoServerLike>(server: Server, options?: WebSocketOptions): Server;

  /**
   * Times the processing of one message that came in. Begun by a listener of a connection that is measured,
   * before it has returned, it takes the place of the automatic measurement and has its route and type.
   *
   * ```ts
   * socket.on('message', (data) => {
   *   const { kind, body } = JSON.parse(data);
   *   return websocket.message({ name: kind }, () => handlers[kind](body));
   * });
   * ```
   */
  readonly message: Timed<WebSocketMessageOptions, Measured>;

  /**
   * Times one open connection of any WebSocket library, which counts as an attempt that was accepted. The
   * connection's messages are told by the caller.
   */
  readonly connection: Timed<WebSocketConnectionOptions, WebSocketConnection>;
}

/** Measures WebSocket servers, connections and messages: see {@link WebSocketInstruments}. */
export const websocket: WebSocketInstruments = {
  server: instrumentServer,
  socketIo: instrumentSocketIo,
  message: timed('websocket.message', (options) => new MessageScope(options)),
  connection: timed('websocket.connection', (options) => new ConnectionScope(options)),
};
