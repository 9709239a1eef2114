import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Duplex } from 'node:stream';
import { hidden, type NativeStream, observeNativeStream } from '../../foreign/http2-stream.ts';
import { CLIENT_DISCONNECTED, closedBy, SERVER_DISCONNECTED } from './ending.ts';
import type { Measurable } from './measured-request.ts';
import type { ServerMetrics } from './server-metrics.ts';

/** Error codes of HTTP/2 by their numbers. (RFC 9113, "Error Codes") */
const ERROR_CODES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];
const NO_ERROR = 0;
const CANCEL = 8;

/** Measures the streams that the clients of an HTTP/2 server open. */
export function measureHttp2Server(server: Http2Server, metrics: ServerMetrics): void {
  server.prependListener('stream', (stream: ServerHttp2Stream & Measurable, headers: IncomingHttpHeaders) => {
    const { session } = stream;
    // The pseudo-header `:scheme` is the client's claim.
    const scheme = session?.encrypted === true ? 'https' : 'http';
    const series = metrics.seriesOf(scheme, '2', headers[':method'] ?? null, { headers });
    const measured = metrics.begin(stream, series, headers[':path'] ?? '');
    if (measured === undefined) return;
    const native = observeNativeStream(stream);
    // Read now, because a destroyed session no longer knows its socket.
    const socket = session === undefined ? undefined : hidden(session, 'socket');
    // First, because the compatibility API removes its request when the stream closes.
    stream.prependListener('close', () => {
      const request = hidden(stream, 'request');
      if (typeof request === 'object' && request !== null) measured.raw = request;
      const status = statusOf(stream);
      const sent = status === undefined ? undefined : native?.sent;
      metrics.end(measured, status, reasonOf(stream, native, socket), native?.received, sent);
    });
  });
}

function statusOf(stream: ServerHttp2Stream): number | undefined {
  const status = stream.headersSent ? Number(stream.sentHeaders[':status']) : Number.NaN;
  return Number.isNaN(status) ? undefined : status;
}

/** `error.type` of a stream that closed before its whole response was written. */
function reasonOf(
  stream: ServerHttp2Stream,
  native: NativeStream | undefined,
  socket: unknown,
): string | undefined {
  if (!stream.aborted) return undefined;
  if (native?.wasReset === false) return CLIENT_DISCONNECTED;
  // When a connection is lost, Node.js resets its streams.
  if (socket instanceof Duplex && socket.destroyed) return closedBy(socket);
  const { rstCode = NO_ERROR } = stream;
  return rstCode === NO_ERROR || rstCode === CANCEL
    ? SERVER_DISCONNECTED
    : (ERROR_CODES[rstCode] ?? '_OTHER');
}
