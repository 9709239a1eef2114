import { connect, type Server, type Socket } from 'node:net';

/** A connection is made by the kernel alone; only a leader with a full backlog takes longer. */
const CONNECT_TIMEOUT_MS = 1000;

export function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // `exclusive`: otherwise a process of a cluster listens through its primary.
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

export function connected(
  path: string,
): Promise<{ readonly socket?: Socket; readonly error?: string | undefined }> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const end = (result: { socket?: Socket; error?: string | undefined }) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      if (result.socket === undefined) socket.on('error', () => {}).destroy();
      resolve(result);
    };
    const timer = setTimeout(end, CONNECT_TIMEOUT_MS, {});
    socket.once('connect', () => end({ socket }));
    socket.once('error', (error: NodeJS.ErrnoException) => end({ error: error.code }));
  });
}
