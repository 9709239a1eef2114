import type { ClientRequest, IncomingMessage } from 'node:http';
import { errorType } from '../../../base/error-type.ts';
import { listenTo } from './channels.ts';
import type { ClientConnections } from './client-connections.ts';
import type { Call, ClientMetrics } from './client-metrics.ts';
import type { OtherInstrumentations } from './options.ts';
import { type Peer, peerOfAuthority } from './peer.ts';

const CALL = Symbol('pitot.call');

type MeasuredClientRequest = ClientRequest & {
  res?: IncomingMessage | null;
  socketPath?: string;
  upgradeOrConnect?: boolean;
  [CALL]?: Call;
};

/** Messages of the channels. (Node.js documentation, "Diagnostics Channel", "HTTP") */
interface RequestMessage {
  readonly request: MeasuredClientRequest;
}
interface ResponseMessage extends RequestMessage {
  readonly response: IncomingMessage & { req?: MeasuredClientRequest };
}
interface ErrorMessage extends RequestMessage {
  readonly error: unknown;
}

/** `error.type` of a request that the application aborted without giving an error. */
const ABORTED = 'aborted';

/** Measures the requests of `node:http` and `node:https`. */
export function measureHttp1Clients(
  metrics: ClientMetrics,
  connections: ClientConnections,
  others: OtherInstrumentations | undefined,
): () => void {
  const coveredByOthers = () => others?.clientCoverage() ?? 'no';
  const onCreated = (message: unknown) => {
    const { request } = message as RequestMessage;
    const call = metrics.begin(peerOf(request), request.method, coveredByOthers);
    if (call === undefined) return;
    request[CALL] = call;
    request.on('close', onRequestClose);
  };
  // Runs when the request has been written to its connection.
  const onStart = (message: unknown) => {
    const { request } = message as RequestMessage;
    const { [CALL]: call, socket } = request;
    if (call === undefined || socket === null) return;
    connections.begin(socket, call.peer);
    request.once('close', () => connections.end(socket));
  };
  // Runs when the headers of the response have arrived, in spite of the channel's name.
  const onResponse = (message: unknown) => {
    const { request, response } = message as ResponseMessage;
    const { [CALL]: call } = request;
    if (call === undefined) return;
    answered(call, request, response);
    response.on('end', onResponseEnd);
  };
  const onError = (message: unknown) => {
    const { request, error } = message as ErrorMessage;
    if (request[CALL] !== undefined) metrics.end(request[CALL], errorType(error));
  };
  function onResponseEnd(this: ResponseMessage['response']): void {
    const call = this.req?.[CALL];
    if (call !== undefined) metrics.end(call, undefined);
  }
  /** Ends the remaining requests: upgrades and aborted requests. */
  function onRequestClose(this: MeasuredClientRequest): void {
    const { [CALL]: call, res } = this;
    if (call === undefined || call.ended) return;
    if (res) answered(call, this, res);
    const isWhole = res !== null && res !== undefined && (res.complete || this.upgradeOrConnect === true);
    metrics.end(call, isWhole ? undefined : res?.errored ? errorType(res.errored) : ABORTED);
  }

  return listenTo({
    'http.client.request.created': onCreated,
    'http.client.request.start': onStart,
    'http.client.response.finish': onResponse,
    'http.client.request.error': onError,
  });
}

function answered(call: Call, request: MeasuredClientRequest, response: IncomingMessage): void {
  call.status = response.statusCode;
  call.version = response.httpVersion;
  const { remotePort } = request.socket ?? {};
  if (call.peer.port === undefined && request.socketPath === undefined && remotePort !== undefined) {
    call.peer = peerOfAuthority(`${bracketed(call.peer.address)}:${remotePort}`, request.protocol);
  }
}

/**
 * The peer of a request. Only the header `Host` has the port. If the application has set that header, it
 * may name another host; then the port becomes known with the connection.
 */
function peerOf(request: MeasuredClientRequest): Peer {
  if (request.socketPath !== undefined) return { address: request.socketPath, port: undefined };
  const header = request.getHeader('host');
  const host = bracketed(request.host);
  if (typeof header === 'string' && (header === host || header.startsWith(`${host}:`))) {
    return peerOfAuthority(header, request.protocol);
  }
  return { address: request.host, port: undefined };
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
