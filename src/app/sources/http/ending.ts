import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorType } from '../../../base/error-type.ts';
import type { MeasuredRequest } from './measured-request.ts';

/** How a request ended. */
export interface Ending {
  /** `http.response.status_code`; `undefined` when none was sent. */
  readonly status: number | undefined;
  /** `error.type`; `undefined` if the response was complete. */
  readonly error: string | undefined;
}

/** `error.type` of a client that went away before the response was complete. */
export const CLIENT_DISCONNECTED = 'client_disconnected';

/** `error.type` of a connection that the server closed, without an error, before the response was complete. */
export const SERVER_DISCONNECTED = 'server_disconnected';

/** `error.type` of a request that took longer than a timeout of the server allows. */
const TIMEOUT = 'timeout';

/** Errors of a socket that mean that the other side has gone. */
const GONE = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ENOTCONN', 'ETIMEDOUT', 'EHOSTUNREACH']);

export interface EndingOptions {
  /** Whether the request was first on its connection. A pipelined request behind another has sent nothing. */
  readonly isFirst: boolean;
  /** Whether the connection's timeout fired while the request waited. */
  readonly timedOut: boolean;
}

/** The reason why a connection closed before the response to one of its requests was complete, and the status sent. */
export function endingOf(
  { response }: MeasuredRequest,
  socket: Socket & { server?: Server },
  { isFirst, timedOut }: EndingOptions,
): Ending {
  // Node.js destroys the responses behind it with an error of its own.
  const error = reasonOf(isFirst ? response?.errored : undefined, socket, timedOut);
  if (!isFirst) return { status: undefined, error };
  return { status: response?.headersSent === true ? response.statusCode : statusOfNode(socket), error };
}

/** @param given the value with which the application destroyed the response */
function reasonOf(given: unknown, socket: Socket, timedOut: boolean): string {
  if (given) return errorType(given);
  if (timedOut || codeOf(socket.errored) === 'ERR_HTTP_REQUEST_TIMEOUT') return TIMEOUT;
  return closedBy(socket);
}

/** `error.type` of a request whose connection closed: the side that closed it, or the error that did. */
export function closedBy(socket: Pick<Duplex, 'errored' | 'readableEnded'>): string {
  const code = codeOf(socket.errored);
  if (code !== undefined && GONE.has(code)) return CLIENT_DISCONNECTED;
  if (socket.errored) return errorType(socket.errored);
  return socket.readableEnded ? CLIENT_DISCONNECTED : SERVER_DISCONNECTED;
}

/**
 * The status that `node:http` itself writes to the socket when it cannot read a whole request, unless the
 * application has taken over that task. (Node.js documentation, `Event: 'clientError'`)
 */
function statusOfNode({ errored, server }: Socket & { server?: Server }): number | undefined {
  const code = codeOf(errored);
  if (code === undefined || server === undefined || server.listenerCount('clientError') > 0) return undefined;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413;
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code.startsWith('HPE_') ? 400 : undefined;
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
