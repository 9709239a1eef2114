import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from './network.ts';

/** Requests of one connection that have no complete response. */
const MAX_PIPELINED = 10;
/** A connection with more is left alone for so long and then closed: its client would open another at once. */
const HOLD_MS = 1000;
const SWEEP_INTERVAL_MS = 1000;
/** A connection without a request for less than this is about to send one. */
const MIN_IDLE_MS = 1000;

interface Connection {
  readonly socket: Socket;
  readonly network: string;
  readonly responses: Set<ServerResponse>;
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
 * is bounded. The bounds hold for every path and before authentication: a new connection always finds a place, unless
 * all others wait for the hub, and a slow reader loses its place first.
 */
export class Connections {
  readonly #options: ConnectionOptions;
  /** By both ends' addresses, which a TLS socket has in common with the one below it. */
  readonly #open = new Map<string, Connection>();
  #sweeping: NodeJS.Timeout | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** False when there is no place for the connection, which is then destroyed. */
  admit(socket: Socket): boolean {
    if (this.#open.size >= this.#options.limit && !this.#dropOne()) {
      this.#options.dropped();
      socket.destroy();
      return false;
    }
    const key = endsOf(socket);
    const connection: Connection = {
      socket,
      network: networkOf(socket.remoteAddress),
      responses: new Set(),
      since: performance.now(),
      isAuthenticated: false,
      isHeld: false,
    };
    this.#open.set(key, connection);
    this.#sweeping ??= setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS).unref();
    socket.once('close', () => {
      if (this.#open.get(key) === connection) this.#open.delete(key);
    });
    return true;
  }

  /**
   * Call it for each request. False when the connection has too many requests without a response, or has been closed;
   * the request is then not to be answered.
   */
  track(request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request;
    const connection = this.#open.get(endsOf(socket));
    if (connection === undefined || socket.destroyed || connection.isHeld) return false;
    if (connection.responses.size >= MAX_PIPELINED) {
      this.#hold(connection);
      return false;
    }
    connection.responses.add(response);
    connection.since = performance.now();
    const timer = setTimeout(() => {
      if (!isStream(response)) response.destroy();
    }, this.#options.deadlineOf(request)).unref();
    response.once('close', () => {
      clearTimeout(timer);
      connection.responses.delete(response);
      connection.since = performance.now();
    });
    // A client cannot read a response that the hub has not written.
    response.setTimeout(this.#options.stall, () => {
      if (response.writableLength > 0) response.destroy();
      else response.setTimeout(this.#options.stall);
    });
    return true;
  }

  /** The connection's client has proved who it is, and keeps its place longer than strangers. */
  authenticated(socket: Socket): void {
    const connection = this.#open.get(endsOf(socket));
    if (connection !== undefined) connection.isAuthenticated = true;
  }

  closeAll(): void {
    for (const { socket } of this.#open.values()) socket.destroy();
  }

  /** Ends the checks, when no more connections come. */
  end(): void {
    clearInterval(this.#sweeping);
  }

  /** Makes a place. A stranger goes before a client that has authenticated, then one of the network with the most. */
  #dropOne(): boolean {
    const perNetwork = new Map<string, number>();
    for (const { network } of this.#open.values()) {
      perNetwork.set(network, (perNetwork.get(network) ?? 0) + 1);
    }
    const now = performance.now();
    const orderOf = (connection: Connection): readonly number[] => [
      connection.isAuthenticated ? 1 : 0,
      -(perNetwork.get(connection.network) ?? 0),
      usefulness(connection, now),
      connection.since,
    ];
    let first: Connection | undefined;
    for (const connection of this.#open.values()) {
      if (usefulness(connection, now) === WAITS_FOR_HUB) continue;
      if (first === undefined || isBefore(orderOf(connection), orderOf(first))) first = connection;
    }
    if (first === undefined) return false;
    this.#drop(first);
    return true;
  }

  #hold(connection: Connection): void {
    connection.isHeld = true;
    connection.socket.pause();
    setTimeout(() => {
      if (this.#open.get(endsOf(connection.socket)) === connection) this.#drop(connection);
    }, HOLD_MS).unref();
  }

  #drop(connection: Connection): void {
    this.#options.dropped();
    // It may be in the middle of its request: `close` comes later.
    this.#open.delete(endsOf(connection.socket));
    connection.socket.destroy();
    for (const response of connection.responses) response.destroy();
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
  const { responses, since, isHeld } = connection;
  if (isHeld) return -1;
  if (responses.size === 0) return now - since >= MIN_IDLE_MS ? 0 : 2;
  return unsentOf(connection) > 0 ? 1 : WAITS_FOR_HUB;
}

function unsentOf({ responses }: Connection): number {
  let bytes = 0;
  for (const { writableLength } of responses) bytes += writableLength;
  return bytes;
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
