import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, isIPv6, type Socket } from 'node:net';

/** No server could be started; the message names host, port and reason, and nothing is left open. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** The system's error code, such as `EADDRINUSE`. */
  readonly code: string;
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const code = cause.code ?? 'unknown';
    super(`cannot listen on ${authority(host, port)}: ${REASONS.get(code) ?? cause.message}`, { cause });
    this.code = code;
    this.host = host;
    this.port = port;
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'the port is in use'],
  ['EACCES', 'this process may not use the port'],
  ['EADDRNOTAVAIL', 'this machine does not have the address'],
  ['ENOTFOUND', 'the host is not known'],
]);

const NO_SUCH_ADDRESS: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/** Limits of one connection; times are in milliseconds. */
const LIMITS = {
  /** Bytes of a request's line and headers together; more is 431. */
  maxHeaderSize: 16 * 1024,
  /** From the connection, or a request's first byte, until the headers are there; later is 408. */
  headersTimeout: 10_000,
  /** Until the whole request is there. */
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2000,
  /** Longer than the usual minute between two scrapes, which then need one connection, and one handshake. */
  keepAliveTimeout: 75_000,
} as const;
/** Headers of a request that are looked at. */
const MAX_HEADERS = 100;
/** Bytes that the parser gets at a time: a usual request, or a dozen of the shortest. */
const PIECE_BYTES = 512;
/** Milliseconds without a byte in either direction. */
const IDLE_TIMEOUT = 30_000;

/**
 * Makes, for a server, what takes its new connections and gives each to `serve` when it is ready for
 * HTTP: itself, or the TLS socket over it. One that is not to be served is destroyed.
 */
type AcceptFor = (serve: (ready: Socket) => void) => (connection: Socket) => void;

interface Listening {
  readonly servers: readonly Server[];
  readonly addresses: readonly string[];
  readonly port: number;
}

/** How often to pick another port where a picked one is free on one loopback address only. */
const PICKS = 10;

/**
 * Serves on every address of the host, on one port. `localhost` is 127.0.0.1 and ::1, or the one of
 * them that the machine has. Port 0 picks a port that is free on all of them.
 */
export async function listen(
  listener: RequestListener,
  host: string,
  port: number,
  acceptFor?: AcceptFor,
): Promise<Listening> {
  const addresses = host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
  for (let pick = 1; ; pick++) {
    const servers: Server[] = [];
    let missing: unknown;
    try {
      for (const address of addresses) {
        const server = httpServer(listener, acceptFor);
        try {
          await listening(server, address, portOf(servers[0]) ?? port);
          servers.push(server);
        } catch (error) {
          if (!isSystemError(error) || !NO_SUCH_ADDRESS.has(error.code)) throw error;
          missing = error;
        }
      }
      if (servers.length === 0) throw missing;
      const bound = servers.map((server) => addressOf(server)?.address ?? '');
      return { servers, addresses: bound, port: portOf(servers[0]) ?? port };
    } catch (error) {
      for (const server of servers) server.close();
      if (!isSystemError(error)) throw error;
      const tryAnother = error.code === 'EADDRINUSE' && port === 0 && pick < PICKS;
      if (!tryAnother) throw new ListenError(host, port, error);
    }
  }
}

/** As in a URL: `localhost:9464`, `[::1]:9464`. */
export function authority(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function httpServer(listener: RequestListener, acceptFor: AcceptFor | undefined): Server {
  const server = createServer(LIMITS, listener);
  server.maxHeadersCount = MAX_HEADERS;
  server.timeout = IDLE_TIMEOUT;
  // Node's types and documentation leave this out. Without it a client that closes its side gets no answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  if (acceptFor === undefined) return server;
  // The server's own listener speaks HTTP on a connection; it runs once the handshake allows that.
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  const accept = acceptFor((ready) => {
    for (const serve of listeners) Reflect.apply(serve, server, [ready]);
    readInPieces(ready);
  });
  return server.on('connection', accept);
}

/**
 * Gives the socket's listeners its data in small pieces. Node.js would parse all that one read brings, up to 64 KiB, and
 * make thousands of requests of it, also after the connection has been paused because it pipelines too much.
 */
function readInPieces(socket: Socket): void {
  const listeners = socket.listeners('data');
  socket.on('data', (data: Buffer) => {
    for (const listener of listeners) Reflect.apply(listener, socket, [data.subarray(0, PIECE_BYTES)]);
    if (data.length > PIECE_BYTES && !socket.destroyed) socket.unshift(data.subarray(PIECE_BYTES));
  });
  for (const listener of listeners) socket.off('data', listener as () => void);
}

/** `exclusive` keeps a process of a cluster from sharing the port through its primary. */
function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server | undefined): number | undefined {
  return addressOf(server)?.port;
}

function addressOf(server: Server | undefined): AddressInfo | undefined {
  const address = server?.address();
  return typeof address === 'object' && address !== null ? address : undefined;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
