import { createHash } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { websocket } from 'pitot/instruments';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FinishedRun } from './engine.ts';

/**
 * `/live?org=…`: sends every finished run of an organisation to its connections. Echoes text, and answers binary data
 * with its SHA-256 digest. Rejects a connection without an organisation.
 */
export function createLive(server: Server) {
  const sockets = websocket.server(
    new WebSocketServer({
      server,
      path: '/live',
      verifyClient: ({ req }, answer) => answer(organisationOf(req) !== null, 400),
    }),
    { route: '/live' },
  );
  const organisations = new Map<WebSocket, string | null>();

  sockets.on('connection', (socket, request) => {
    organisations.set(socket, organisationOf(request));
    socket.on('message', (data: Buffer, isBinary) => {
      socket.send(isBinary ? createHash('sha256').update(data).digest() : data.toString());
    });
    socket.on('error', (error) => console.warn(`a connection failed: ${error.message}`));
    socket.on('close', () => organisations.delete(socket));
  });

  return {
    publish(run: FinishedRun): void {
      const text = JSON.stringify(run);
      for (const [socket, org] of organisations) if (org === run.org) socket.send(text);
    },
    close(): void {
      sockets.close();
      for (const socket of sockets.clients) socket.close(1001, 'the service ends');
    },
  };
}

function organisationOf({ url = '/' }: IncomingMessage): string | null {
  return new URL(url, 'http://service').searchParams.get('org');
}
