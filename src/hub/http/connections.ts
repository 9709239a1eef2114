import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from './network.ts';

/** Requests of one connection that have no complete response. */
const MAX_PIPELINED = 10;
/** A connection with more is left alone for so long and then closed: its client would open another at once. */
const HOLD_MS = 1000;
const SWEEP_INTERVAL_MS = 1000;
/** A connection without a request for less than this is about to send one. */
const MIN_IDLE_MS = 1000;
/** The share of the places that clients keep who have authenticated. */
const AUTHENTICATED_SHARE = 0.5;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly listener: RequestListener;
}

interface Connection {
  readonly socket: Socket;
  /** Both ends' addresses. */
  readonly ends: string;
  readonly network: string;
  /** The response that is being made. */
  response: ServerResponse | undefined;
  /** Ends that response. */
  deadline: NodeJS.Timeout | undefined;
  /** Pipelined requests that wait for the responses before theirs. */
  waiting: Exchange[];
  /** When it was opened, or began or ended a response last, by the monotonic clock. */
  since: number;
  isAuthenticated: boolean;
  /** Whether nothing more is read from it, until it is closed. */
  isHeld: boolean;
}

export interface ConnectionOptions {
  /** Open connections. */
  readonly limit: number;
  /** Bytes that all clients together may not have taken yet. */
  readonly maxUnsent: number;
  /** Milliseconds after which a client is cut off that takes nothing of its response. */
  readonly stall: number;
  /** Milliseconds after which a response is cut off that its client has not taken. Streams have no such deadline. */
  readonly deadlineOf: (request: IncomingMessage) => number;
  /** A connection was closed for the sake of others. */
  readonly dropped: () => void;
}

/**
 * The open connections of the endpoint. Each takes a descriptor and memory of the application's process, so their number
 * is bounded. The bounds hold for every path and before authentication. A new connection takes the place of another: of
 * one that pipelines too much, then of one of the network with the most. Clients that have authenticated keep half of
 * the places, and connections that wait for the hub give theirs to networks with fewer only.
 */
export class Connections {
  readonly #options: ConnectionOptions;
  /** By both ends' addresses, which a TLS socket has in common with the one below it. */
  readonly #open = new Map<string, Connection>();
  /** The open connections that are paused, the oldest first. */
  readonly #held = new Set<Connection>();
  readonly #perNetwork = new Map<string, number>();
  #authenticated = 0;
  #sweeping: NodeJS.Timeout | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** False when there is no place for the connection, which is then destroyed. */
  admit(socket: Socket): boolean {
    const network = networkOf(socket.remoteAddress);
    if (this.#open.size >= this.#options.limit && !this.#dropOne(network)) {
      this.#options.dropped();
      socket.destroy();
      return false;
    }
    const connection: Connection = {
      socket,
      ends: endsOf(socket),
      network,
      response: undefined,
      deadline: undefined,
      waiting: [],
      since: performance.now(),
      isAuthenticated: false,
      isHeld: false,
    };
    this.#open.set(connection.ends, connection);
    this.#perNetwork.set(network, this.#placesOf(network) + 1);
    this.#sweeping ??= setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS).unref();
    socket.once('close', () => this.#forget(connection));
    return true;
  }

  /**
   * Gives each request to the listener once the responses before it are complete: a client that pipelines has no more
   * work in progress, and no more bytes, than one that does not. A connection with too many requests is closed, and
   * none of those that wait is answered.
   */
  serve(request: IncomingMessage, response: ServerResponse, listener: RequestListener): void {
    const { socket } = request;
    const connection = this.#open.get(endsOf(socket));
    if (connection === undefined || connection.isHeld || socket.destroyed) return;
    connection.waiting.push({ request, response, listener });
    if (connection.waiting.length + (connection.response === undefined ? 0 : 1) > MAX_PIPELINED) {
      this.#hold(connection, socket);
    }
    // All requests that came together are known by then.
    else if (connection.waiting.length === 1) process.nextTick(() => this.#next(connection));
  }

  /** The connection's client has proved who it is, and keeps its place longer than strangers. */
  authenticated(socket: Socket): void {
    const connection = this.#open.get(endsOf(socket));
    if (connection === undefined || connection.isAuthenticated) return;
    connection.isAuthenticated = true;
    this.#authenticated++;
  }

  closeAll(): void {
    for (const { socket } of this.#open.values()) socket.destroy();
  }

  /** Ends the checks, when no more connections come. */
  end(): void {
    clearInterval(this.#sweeping);
  }

  #next(connection: Connection): void {
    if (connection.response !== undefined) return;
    const exchange = connection.waiting.shift();
    // After a response with `connection: close` the next one has no socket.
    if (exchange === undefined || exchange.response.socket === null) return;
    const { request, response, listener } = exchange;
    connection.response = response;
    connection.since = performance.now();
    connection.deadline = setTimeout(() => {
      if (!isStream(response)) response.destroy();
    }, this.#options.deadlineOf(request)).unref();
    response.once('close', () => {
      clearTimeout(connection.deadline);
      connection.response = undefined;
      connection.since = performance.now();
      // Others that wait for the end of this response come first.
      process.nextTick(() => this.#next(connection));
    });
    // A client cannot read a response that the hub has not written.
    response.setTimeout(this.#options.stall, () => {
      if (response.writableLength > 0) response.destroy();
      else response.setTimeout(this.#options.stall);
    });
    listener(request, response);
  }

  #placesOf(network: string): number {
    return this.#perNetwork.get(network) ?? 0;
  }

  /** Makes a place for a client of the network. */
  #dropOne(network: string): boolean {
    const [held] = this.#held;
    const first = held ?? this.#leastUseful(this.#placesOf(network));
    if (first === undefined) return false;
    this.#drop(first);
    return true;
  }

  /** @param places those that the new client's network has */
  #leastUseful(places: number): Connection | undefined {
    const keepsAuthenticated = this.#authenticated <= this.#options.limit * AUTHENTICATED_SHARE;
    const now = performance.now();
    let first: { readonly connection: Connection; readonly order: readonly number[] } | undefined;
    for (const connection of this.#open.values()) {
      if (connection.isAuthenticated && keepsAuthenticated) continue;
      const others = this.#placesOf(connection.network);
      const useful = usefulness(connection, now);
      if (useful === WAITS_FOR_HUB && others <= places + 1) continue;
      const order = [-others, useful, connection.since];
      if (first === undefined || isBefore(order, first.order)) first = { connection, order };
    }
    return first?.connection;
  }

  /** @param socket the one that the requests came over */
  #hold(connection: Connection, socket: Socket): void {
    connection.isHeld = true;
    connection.waiting = [];
    this.#held.add(connection);
    // The parser gets nothing more. It resumes the socket after each request.
    socket.removeAllListeners('data');
    process.nextTick(() => socket.pause());
    setTimeout(() => this.#drop(connection), HOLD_MS).unref();
  }

  /** Does nothing the second time. */
  #drop(connection: Connection): void {
    if (!this.#forget(connection)) return;
    this.#options.dropped();
    connection.socket.destroy();
    connection.response?.destroy();
  }

  /** False the second time. The socket's `close` may come later than a new connection with the same ends. */
  #forget(connection: Connection): boolean {
    if (this.#open.get(connection.ends) !== connection) return false;
    this.#open.delete(connection.ends);
    this.#held.delete(connection);
    if (connection.isAuthenticated) this.#authenticated--;
    const others = this.#placesOf(connection.network) - 1;
    if (others === 0) this.#perNetwork.delete(connection.network);
    else this.#perNetwork.set(connection.network, others);
    connection.waiting = [];
    clearTimeout(connection.deadline);
    return true;
  }

  /** Closes the connections with the most unsent bytes until all together are below the limit. */
  #sweep(): void {
    const unsent = Array.from(this.#open.values(), (connection) => ({
      connection,
      bytes: unsentOf(connection),
    }));
    unsent.sort((one, other) => other.bytes - one.bytes);
    let total = unsent.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { connection, bytes } of unsent) {
      if (total <= this.#options.maxUnsent) return;
      total -= bytes;
      this.#drop(connection);
    }
  }
}

const WAITS_FOR_HUB = 3;

/** The lowest is closed first. */
function usefulness(connection: Connection, now: number): number {
  const { response, since } = connection;
  if (response === undefined) return now - since >= MIN_IDLE_MS ? 0 : 2;
  return unsentOf(connection) > 0 ? 1 : WAITS_FOR_HUB;
}

function unsentOf({ response }: Connection): number {
  return response?.writableLength ?? 0;
}

function isBefore(one: readonly number[], other: readonly number[]): boolean {
  const at = one.findIndex((value, i) => value !== other[i]);
  return at !== -1 && (one[at] ?? 0) < (other[at] ?? 0);
}

function isStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type') ?? '').startsWith('text/event-stream');
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
