import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Ending, endingOf } from './ending.ts';
import type { Scheme } from './forwarded.ts';
import type { MeasuredRequest } from './measured-request.ts';
import type { ServerMetrics } from './server-metrics.ts';
import type { ServerRecording } from './server-series.ts';

const CONNECTION = Symbol('pitot.connection');

/** A connection of an HTTP/1 server, as `node:http` hands it over. */
export type ServerSocket = Socket & { encrypted?: boolean; [CONNECTION]?: Connection };

/**
 * What is kept for a connection as long as it lives. It is what makes it cheap to tell how a request
 * ended: `http.server.response.finish` says so when a response was handed over to the system, and for
 * every other end a connection has one listener, not each request several.
 */
export class Connection {
  /** Whether the server's timeout has struck since the last request began. */
  timedOut = false;
  private readonly metrics: ServerMetrics;
  private readonly scheme: Scheme;
  /** Requests not yet answered in the order of their arrival: one, unless the client pipelines. */
  private readonly answering: MeasuredRequest[] = [];
  /** A request that was answered before its body was there. */
  private uploading: { readonly measured: MeasuredRequest; readonly series: ServerRecording } | undefined;

  private constructor(metrics: ServerMetrics, socket: ServerSocket) {
    this.metrics = metrics;
    this.scheme = socket.encrypted === true ? 'https' : 'http';
    socket.on('timeout', () => {
      this.timedOut = true;
    });
    socket.on('close', () => this.close(socket));
  }

  /** The connection of a socket; made when its first request begins. */
  static of(socket: ServerSocket, metrics: ServerMetrics): Connection {
    let connection = socket[CONNECTION];
    if (connection === undefined || connection.metrics !== metrics) {
      connection = new Connection(metrics, socket);
      socket[CONNECTION] = connection;
    }
    return connection;
  }

  begin(request: IncomingMessage, response: ServerResponse): MeasuredRequest | undefined {
    // A request can only have come when the body of the one before was complete.
    this.settleUpload();
    this.timedOut = false;
    const { httpVersion, headers, method = null, url = '' } = request;
    const group = this.metrics.group(this.scheme, httpVersion, headers);
    const measured = this.metrics.beginCoverable(request, group, method, url);
    if (measured !== undefined && !measured.ended) {
      measured.response = response;
      this.answering.push(measured);
    }
    return measured;
  }

  /** The response has been handed over to the system as a whole. */
  finish(measured: MeasuredRequest, request: IncomingMessage, response: ServerResponse): void {
    // Responses go out in the order of the requests.
    if (this.answering[0] === measured) this.answering.shift();
    const { statusCode } = response;
    const series = this.metrics.end(measured, statusCode, undefined);
    if (series === undefined) return;
    series.sent(hasBody(measured.method, statusCode) ? measured.sent : 0);
    if (request.complete) series.received(measured.received);
    else this.uploading = { measured, series };
  }

  /** Nothing will come or go any more: what is not answered by now never will be. */
  private close(socket: Socket): void {
    this.settleUpload();
    for (const [place, measured] of this.answering.splice(0).entries()) {
      if (measured.ended) continue;
      const isFirst = place === 0;
      const { status, error } = this.endingOf(measured, socket, isFirst);
      const series = this.metrics.end(measured, status, error);
      series?.received(measured.received);
      if (isFirst && measured.response?.headersSent === true) series?.sent(measured.sent);
    }
  }

  private endingOf(measured: MeasuredRequest, socket: Socket, isFirst: boolean): Ending {
    const { isSent, method, response } = measured;
    // The client closed the connection because it had the whole response.
    if (isSent && response !== undefined && hasBody(method, response.statusCode)) {
      return { status: response.statusCode, error: undefined };
    }
    return endingOf(measured, socket, { isFirst, timedOut: this.timedOut });
  }

  private settleUpload(): void {
    const { uploading } = this;
    if (uploading === undefined) return;
    this.uploading = undefined;
    uploading.series.received(uploading.measured.received);
  }
}

/** RFC 9110, "Content": the responses that have none, whatever the application writes. */
function hasBody(method: string, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304;
}
