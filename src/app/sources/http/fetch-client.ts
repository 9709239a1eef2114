import { isIPv6, type Socket } from 'node:net';
import { errorType } from '../../../base/error-type.ts';
import { listenTo } from './channels.ts';
import type { ClientConnections } from './client-connections.ts';
import type { Call, ClientMetrics } from './client-metrics.ts';
import type { OtherInstrumentations } from './options.ts';
import { peerOfOrigin } from './peer.ts';

const CALL = Symbol('pitot.call');
const SOCKET = Symbol('pitot.socket');

/** Messages of undici's channels. `fetch` is a part of undici. (undici documentation, "Diagnostics Channel Support") */
interface UndiciRequest {
  readonly origin: string | URL;
  readonly method: string;
  readonly upgrade?: string | null;
  [CALL]?: Call;
  [SOCKET]?: Socket;
}
interface RequestMessage {
  readonly request: UndiciRequest;
}
interface SentMessage extends RequestMessage {
  readonly socket: Socket & { alpnProtocol?: string | false | null };
}
interface ResponseMessage extends RequestMessage {
  readonly response: { readonly statusCode: number };
}
interface ErrorMessage extends RequestMessage {
  readonly error: unknown;
}
interface ConnectedMessage {
  readonly connectParams: {
    readonly protocol: string;
    readonly hostname: string;
    readonly port: string | number;
  };
  readonly socket: Socket;
}

/**
 * Measures the requests of `fetch` and of every copy of undici. Each redirect is a request of its own.
 * Connections that leave HTTP (WebSockets, tunnels through a proxy) are not measured, because no channel
 * reports their end.
 */
export function measureFetch(
  metrics: ClientMetrics,
  connections: ClientConnections,
  others: OtherInstrumentations | undefined,
): () => void {
  const coveredByOthers = () => others?.fetchCoverage() ?? 'no';
  const onCreate = (message: unknown) => {
    const { request } = message as RequestMessage;
    if (request.upgrade || request.method === 'CONNECT') return;
    const call = metrics.begin(peerOfOrigin(String(request.origin)), request.method, coveredByOthers);
    if (call !== undefined) request[CALL] = call;
  };
  const onConnected = (message: unknown) => {
    const { connectParams, socket } = message as ConnectedMessage;
    const { protocol, hostname, port } = connectParams;
    if (coveredByOthers() === 'yes') return;
    // undici leaves out the brackets of an IPv6 address.
    const host = isIPv6(hostname) ? `[${hostname}]` : hostname;
    connections.established(socket, peerOfOrigin(`${protocol}//${host}${port ? `:${port}` : ''}`));
  };
  const onSent = (message: unknown) => {
    const { request, socket } = message as SentMessage;
    const { [CALL]: call } = request;
    if (call === undefined) return;
    call.version = socket.alpnProtocol === 'h2' ? '2' : '1.1';
    request[SOCKET] = socket;
    connections.begin(socket, call.peer);
  };
  const onHeaders = (message: unknown) => {
    const { request, response } = message as ResponseMessage;
    if (request[CALL] !== undefined) request[CALL].status = response.statusCode;
  };
  const end = ({ [CALL]: call, [SOCKET]: socket }: UndiciRequest, error: string | undefined) => {
    if (call === undefined || call.ended) return;
    metrics.end(call, error);
    if (socket !== undefined) connections.end(socket);
  };
  const onComplete = (message: unknown) => end((message as RequestMessage).request, undefined);
  const onError = (message: unknown) => {
    const { request, error } = message as ErrorMessage;
    end(request, errorType(error));
  };

  return listenTo({
    'undici:request:create': onCreate,
    'undici:client:connected': onConnected,
    'undici:client:sendHeaders': onSent,
    'undici:request:headers': onHeaders,
    'undici:request:trailers': onComplete,
    'undici:request:error': onError,
  });
}
