import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import type { Lifetime } from '../../../../harness/lifetime.ts';

/** Has a server listen on a port of its own for as long as the test runs. */
export async function listening(lifetime: Lifetime, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lifetime.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return address.port;
}
