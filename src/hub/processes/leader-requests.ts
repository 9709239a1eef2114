import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type RequestListener,
} from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { reasonOf } from '../../base/reason.ts';
import { answer, type HandlerRequest, type Reply } from '../http/routing.ts';
import type { ServiceName } from './messages.ts';

/*
 * A request of an application's own route is answered for the whole service, so a follower asks its leader. It speaks
 * HTTP over a connection of its own to the leader's local socket, where HTTP brings streaming, back-pressure and the
 * end of a client that has left. A leader tells these connections from those of followers by their first bytes: as the
 * length of a message they are beyond any limit, so an older release closes the connection.
 */

const METHODS = ['GET ', 'HEAD'];
/** A connection that sends nothing for so long is closed. */
const FIRST_BYTES_TIMEOUT_MS = 5000;
/** The follower's service, encoded: the leader answers requests of its own service only. */
const SERVICE_HEADER = 'pitot-service';
/** Headers of one connection (RFC 9110, section 7.6.1), and those that the application's own server sets. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date']);

const RETRY_SOON = { 'retry-after': '1' };

/**
 * Takes the connections to the leader's socket.
 *
 * @param follower takes those of followers
 * @param requests answers those that speak HTTP
 */
export function acceptBoth(
  service: ServiceName,
  follower: (socket: Socket) => void,
  requests: RequestListener,
): (socket: Socket) => void {
  const own = encoded(service);
  const server = createServer({ keepAlive: false }, (request, response) => {
    if (request.headers[SERVICE_HEADER] === own) requests(request, response);
    else answer(response, 503, 'another service is served here by now', RETRY_SOON);
  });
  return (socket) => {
    const timer = setTimeout(() => socket.destroy(), FIRST_BYTES_TIMEOUT_MS);
    const onError = () => {};
    socket.on('error', onError);
    socket.once('close', () => clearTimeout(timer));
    socket.once('data', (first: Buffer) => {
      clearTimeout(timer);
      socket.pause();
      socket.unshift(first);
      if (METHODS.includes(first.toString('latin1', 0, 4))) server.emit('connection', socket);
      else follower(socket);
      socket.off('error', onError);
      socket.resume();
    });
  };
}

/**
 * Answers with what the leader answers. Never rejects.
 *
 * @returns why the leader did not answer; nothing has been sent then
 */
export async function askLeader(
  socket: Socket,
  service: ServiceName,
  { method, url, headers }: HandlerRequest,
  reply: Reply,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const asked = httpRequest({
    createConnection: () => socket,
    method,
    path: url,
    headers: { host: 'localhost', ...headers, connection: 'close', [SERVICE_HEADER]: encoded(service) },
    signal,
  });
  asked.on('error', reject);
  asked.on('response', (response) => {
    reply.writeHead(response.statusCode ?? 502, passedOn(response.headers));
    pipeline(response, reply, { signal }).then(resolve, reject);
  });
  asked.end();
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (!reply.headersSent)
      return `the process that serves this service does not answer (${reasonOf(error)})`;
    reply.destroy();
    return undefined;
  }
}

function passedOn(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_PASSED_ON.has(name)));
}

function encoded({ namespace, name }: ServiceName): string {
  return encodeURIComponent(JSON.stringify([namespace, name]));
}
