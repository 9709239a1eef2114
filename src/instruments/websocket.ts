import { type Timed, timed } from './timed.ts';
import {
  type ConnectionOptions,
  ConnectionScope,
  type MessageType,
  type WebSocketConnection,
} from './websocket-connection.ts';
import { instrumentServer, type WebSocketServerLike } from './websocket-server.ts';

export type { MessageType, WebSocketConnection, WebSocketServerLike };
export type WebSocketOptions = ConnectionOptions;

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
   * A handshake that the application itself answers, without the server, is not seen.
   */
  server<Server extends WebSocketServerLike>(server: Server, options?: WebSocketOptions): Server;

  /**
   * Times one open connection of any WebSocket library, which counts as an attempt that was accepted. The
   * connection's messages are told by the caller.
   */
  readonly connection: Timed<WebSocketOptions, WebSocketConnection>;
}

export const websocket: WebSocketInstruments = {
  server: instrumentServer,
  connection: timed('websocket.connection', (options) => new ConnectionScope(options)),
};
