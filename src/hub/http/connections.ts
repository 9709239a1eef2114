import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  requests: number;
}

/**
 * The open connections of the endpoint, of which there are at most `limit`: each takes a descriptor and
 * some memory, which the application's process has to share. One that comes on top takes the place of
 * the one that has been without a request for longest, so that silent connections lock nobody out; where
 * all have requests in progress, it is closed.
 */
export class Connections {
  readonly #limit: number;
  /** By both ends' addresses, which a TLS socket and the one beneath it have in common; in order of age. */
  readonly #open = new Map<string, Connection>();
  readonly #dropped: () => void;

  constructor(limit: number, dropped: () => void) {
    this.#limit = limit;
    this.#dropped = dropped;
  }

  /** False when there is no place for the connection, which is then destroyed. */
  admit(socket: Socket): boolean {
    if (this.#open.size >= this.#limit) {
      this.#dropped();
      if (!this.#closeOne()) {
        socket.destroy();
        return false;
      }
    }
    const key = endsOf(socket);
    const connection = { socket, requests: 0 };
    this.#open.set(key, connection);
    socket.once('close', () => {
      if (this.#open.get(key) === connection) this.#open.delete(key);
    });
    return true;
  }

  /** To be called for each request: its connection keeps its place until the answer is complete. */
  keep({ socket }: IncomingMessage, response: ServerResponse): void {
    const key = endsOf(socket);
    const connection = this.#open.get(key);
    if (connection === undefined) return;
    connection.requests++;
    response.once('close', () => {
      connection.requests--;
      // It waits from now on, for less time than the others.
      if (this.#open.get(key) === connection && connection.requests === 0) {
        this.#open.delete(key);
        this.#open.set(key, connection);
      }
    });
  }

  closeAll(): void {
    for (const { socket } of this.#open.values()) socket.destroy();
  }

  #closeOne(): boolean {
    for (const [key, { socket, requests }] of this.#open) {
      if (requests > 0) continue;
      this.#open.delete(key);
      socket.destroy();
      return true;
    }
    return false;
  }
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
