import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Ending, endingOf } from './ending.ts';
import type { Scheme } from './forwarded.ts';
import type { MeasuredRequest } from './measured-request.ts';
import type { ServerMetrics } from './server-metrics.ts';
import type { MethodSeries, ServerRecording } from './server-series.ts';

const CONNECTION = Symbol('pitot.connection');

/** The socket of an HTTP/1 server's connection, as `node:http` passes it. */
export type ServerSocket = Socket & { encrypted?: boolean; [CONNECTION]?: Connection };

/**
 * The state of one connection. It makes the end of a request cheap to detect:
 * `http.server.response.finish` reports each response that the system has taken over, and one listener on
 * the connection, instead of several on each request, covers every other end.
 */
export class Connection {
  /** Whether the server's timeout has fired since the last request began. */
  timedOut = false;
  /** Whether the bytes of request bodies are counted; `undefined` before the first measured request. */
  countsBodies: boolean | undefined;
  private readonly metrics: ServerMetrics;
  private readonly scheme: Scheme;
  /** The series of the last request: nearly every connection has only one method and version. */
  private series: MethodSeries | undefined;
  private method: string | undefined;
  private version = '';
  /** The requests without an answer, in the order of their arrival: one, unless the client pipelines. */
  private first: MeasuredRequest | undefined;
  private last: MeasuredRequest | undefined;
  /** A request that was answered before its body arrived. */
  private uploading: { readonly measured: MeasuredRequest; readonly recording: ServerRecording } | undefined;

  private constructor(metrics: ServerMetrics, socket: ServerSocket) {
    this.metrics = metrics;
    this.scheme = socket.encrypted === true ? 'https' : 'http';
    socket.on('timeout', () => {
      this.timedOut = true;
    });
    socket.on('close', () => this.close(socket));
  }

  /** The connection of a socket. Its first request creates it. */
  static of(socket: ServerSocket, metrics: ServerMetrics): Connection {
    let connection = socket[CONNECTION];
    if (connection === undefined || connection.metrics !== metrics) {
      connection = new Connection(metrics, socket);
      socket[CONNECTION] = connection;
    }
    return connection;
  }

  begin(request: IncomingMessage, response: ServerResponse): MeasuredRequest | undefined {
    // A new request proves that the body of the previous one is complete.
    if (this.uploading !== undefined) this.settleUpload();
    this.timedOut = false;
    const { metrics } = this;
    const coverage = metrics.others?.serverCoverage() ?? 'no';
    const measured = metrics.begin(request, this.seriesOf(request), request.url ?? '', coverage);
    if (measured !== undefined && !measured.ended) {
      measured.response = response;
      if (this.last === undefined) this.first = measured;
      else this.last.behind = measured;
      this.last = measured;
    }
    return measured;
  }

  /** The system has taken over the whole response. */
  finish(measured: MeasuredRequest, request: IncomingMessage, response: ServerResponse): void {
    // Responses leave in the order of the requests. An idle connection refers to none of them.
    if (this.first === measured) {
      this.first = measured.behind;
      measured.behind = undefined;
      if (this.first === undefined) this.last = undefined;
    }
    const { statusCode } = response;
    const sent = hasBody(measured.series.method, statusCode) ? measured.sent : 0;
    const received = request.complete ? measured.received : undefined;
    const recording = this.metrics.end(measured, statusCode, undefined, received, sent);
    if (recording !== undefined && !request.complete) this.uploading = { measured, recording };
  }

  /** The socket has closed. Its remaining requests never get an answer. */
  private close(socket: Socket): void {
    this.settleUpload();
    const { first } = this;
    this.first = undefined;
    this.last = undefined;
    for (let measured = first; measured !== undefined; measured = measured.behind) {
      if (measured.ended) continue;
      const isFirst = measured === first;
      const { status, error } = this.endingOf(measured, socket, isFirst);
      const sent = isFirst && measured.response?.headersSent === true ? measured.sent : undefined;
      this.metrics.end(measured, status, error, measured.received, sent);
    }
  }

  private seriesOf(request: IncomingMessage): MethodSeries {
    const { httpVersion, method } = request;
    if (
      this.series === undefined ||
      method !== this.method ||
      httpVersion !== this.version ||
      this.metrics.trustsProxy
    ) {
      this.method = method;
      this.version = httpVersion;
      this.series = this.metrics.seriesOf(this.scheme, httpVersion, method ?? null, request);
    }
    return this.series;
  }

  private endingOf(measured: MeasuredRequest, socket: Socket, isFirst: boolean): Ending {
    const { isSent, response, series } = measured;
    // The client closed the connection because it had the whole response.
    if (isSent && response !== undefined && hasBody(series.method, response.statusCode)) {
      return { status: response.statusCode, error: undefined };
    }
    return endingOf(measured, socket, { isFirst, timedOut: this.timedOut });
  }

  private settleUpload(): void {
    const { uploading } = this;
    if (uploading === undefined) return;
    this.uploading = undefined;
    uploading.recording.recordReceived(uploading.measured.received);
  }
}

/** RFC 9110, "Content": whether a response has a body. Some never do, whatever the application writes. */
function hasBody(method: string, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304;
}
