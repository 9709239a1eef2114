import type { Socket } from 'node:net';
import type { Server } from 'node:tls';
import { refusal } from './client-certificates.ts';
import type { Rules, Tls } from './security.ts';

/** Milliseconds for a handshake. */
const HANDSHAKE_TIMEOUT = 10_000;

interface HandshakeOptions {
  readonly rules: () => Rules;
  /** A client's certificate is then looked at with each request, and not at the door: some are for all. */
  readonly perRequest: boolean;
  /** Called for each connection that is closed because of its handshake, with the reason. */
  readonly refused: (reason: string) => void;
}

/** Answers the guard's questions about the connection of a request. */
export interface Handshakes {
  /** Takes connections for one HTTP server, to whose `serve` it gives them after their handshake, if any. */
  readonly acceptFor: (serve: (ready: Socket) => void) => (connection: Socket) => void;
  /** Why the client's certificate does not let it in. */
  readonly refusalOf: (socket: Socket) => string | undefined;
  /** Whether the connection was made under another TLS configuration than the one in force. */
  readonly isOutdated: (socket: Socket, rules: Rules) => boolean;
}

/**
 * Each connection has its handshake by the rules in force when it comes. A change closes no open connection, so it drops
 * nothing in flight.
 */
export function createHandshakes({ rules, perRequest, refused }: HandshakeOptions): Handshakes {
  const madeUnder = new WeakMap<Socket, Tls>();
  const refusals = new WeakMap<Socket, string>();

  /** Never listens itself; it is given connections that have been accepted. */
  function tlsServer(tls: Tls, serve: (ready: Socket) => void): Server {
    const { clientAuth } = tls.config;
    // Loaded on demand: it takes more than 2 MiB.
    const server = process.getBuiltinModule('node:tls').createServer({
      ...tls.context,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: HANDSHAKE_TIMEOUT,
      requestCert: clientAuth.isRequested,
      rejectUnauthorized: clientAuth.isRequired && clientAuth.isVerified && !perRequest,
    });
    server.on('secureConnection', (socket) => {
      const reason = refusal(tls.config, socket);
      if (reason !== undefined && !perRequest) {
        refused(reason);
        socket.destroy();
        return;
      }
      if (reason !== undefined) refusals.set(socket, reason);
      madeUnder.set(socket, tls);
      serve(socket);
    });
    server.on('tlsClientError', (error, socket) => {
      refused(error.message);
      socket.destroy();
    });
    return server;
  }

  return {
    acceptFor(serve) {
      let made: { readonly tls: Tls; readonly server: Server } | undefined;
      return (connection) => {
        const { tls } = rules();
        if (tls === undefined) {
          serve(connection);
          return;
        }
        if (made?.tls !== tls) made = { tls, server: tlsServer(tls, serve) };
        // An HTTP server's connections can be half open, which the server ends itself; during a handshake it does not.
        connection.allowHalfOpen = false;
        made.server.emit('connection', connection);
      };
    },
    refusalOf: (socket) => refusals.get(socket),
    isOutdated: (socket, { tls }) => madeUnder.get(socket) !== tls,
  };
}
