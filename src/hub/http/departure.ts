import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const waiting = new WeakMap<Socket, Set<AbortController>>();

/**
 * A signal that is aborted when the client leaves before its response is complete. A response that waits
 * behind another one on its connection emits no `close` when the connection goes, so it is the connection
 * that is listened to, once for all its requests.
 */
export function departure({ socket }: IncomingMessage, response: ServerResponse): AbortSignal {
  const left = new AbortController();
  const others = waiting.get(socket) ?? listenTo(socket);
  others.add(left);
  response.once('close', () => {
    others.delete(left);
    if (!response.writableFinished) left.abort();
  });
  return left.signal;
}

function listenTo(socket: Socket): Set<AbortController> {
  const controllers = new Set<AbortController>();
  waiting.set(socket, controllers);
  socket.once('close', () => {
    for (const left of controllers) left.abort();
  });
  return controllers;
}
