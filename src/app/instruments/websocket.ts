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
 * Metrics of a service's WebSocket connections, as their server sees them. The semantic conventions define
 * none. The names follow the conventions' naming rules (1.44.0, docs/general/naming.md) and the related
 * `signalr.server.*` and `network.io.direction`. All have `http.route` if a route was given.
 *
 * - `websocket.server.connection.attempts` (counter, {attempt}): opening handshakes by
 *   `websocket.outcome`: `accepted`, `rejected` (the server refused) or `aborted` (the client left).
 * - `websocket.server.connection.active` (up-down counter, {connection}): connections that are open.
 * - `websocket.server.connection.duration` (histogram, s): how long the connections that ended were open;
 *   `error.type` on those that had an error.
 * - `websocket.server.messages` (counter, {message}) and `websocket.server.io` (counter, By): messages,
 *   and bytes of their payload before compression, by `websocket.io.direction` (`receive` or `transmit`)
 *   and `websocket.message.type` (`text` or `binary`). Pings, pongs and close frames are no messages.
 * - `websocket.server.process.duration` (histogram, s): how long the processing of received messages
 *   took, by `websocket.message.type`, `websocket.message.name` if the application gave one, and `error.type`.
 * - `websocket.server.buffered` (observable up-down counter, By): bytes that open connections accepted and
 *   have not sent yet.
 * - `websocket.server.errors` (counter, {error}): errors of connections, by `error.type`.
 */
export interface WebSocketInstruments {
  /**
   * Measures every connection that a `ws` server accepts from now on, and every handshake that it sees. A
   * second call for the same server changes nothing. Returns the server.
   *
   * ```ts
   * const sockets = websocket.server(new WebSocketServer({ server }));
   * ```
   *
   * A message counts as sent when the connection took it, even if the socket loses it afterwards. pitot does
   * not see a handshake that the application answers without the server. It times the processing of a message
   * until the listeners have returned; see `message` for listeners that go on afterwards.
   */
  server<Server extends WebSocketServerLike>(server: Server, options?: WebSocketOptions): Server;

  /**
   * Measures every connection of a Socket.IO server, by WebSocket and by polling alike; `http.route` is the
   * server's path unless `options` name one. Messages are the engine's: Socket.IO sends one for each of its
   * packets and for each binary attachment. pitot does not see their processing; see `message`.
   */
  socketIo<Server extends SocketIoServerLike>(server: Server, options?: WebSocketOptions): Server;

  /**
   * Times the processing of one received message. If a listener of a measured connection calls it before it
   * returns, this measurement replaces the automatic one and takes over its route and type.
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
   * Times one open connection of any WebSocket library, and counts it as an accepted attempt. The caller
   * reports the connection's messages.
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
