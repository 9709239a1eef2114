import type { IncomingMessage, ServerResponse } from 'node:http';
import { countRequestBodies, countResponseBodies } from './body-size.ts';
import { firstFailure, listenGuarded } from './channels.ts';
import { Connection, type ServerSocket } from './connection.ts';
import { shareRoute } from './covered-route.ts';
import { MEASURED, type Measurable } from './measured-request.ts';
import type { ServerMetrics } from './server-metrics.ts';

/** The message of both channels. (Node.js documentation, "Diagnostics Channel", "HTTP") */
interface ServerMessage {
  readonly request: IncomingMessage & Measurable;
  readonly response: ServerResponse;
  readonly socket: ServerSocket;
}

const START = 'http.server.request.start';
const FINISH = 'http.server.response.finish';

/** Measures the requests to HTTP/1 servers of `node:http` and `node:https`. */
export function measureHttp1Servers(metrics: ServerMetrics): () => void {
  // The first request replaces this, so that a process without servers does not load `node:http`.
  let stopCounting: (() => void) | undefined;
  const [failedToStart, failedToFinish] = [firstFailure(), firstFailure()];
  const onStart = (message: unknown) => {
    try {
      const { request, response, socket } = message as ServerMessage;
      const connection = Connection.of(socket, metrics);
      const measured = connection.begin(request, response);
      if (measured === undefined || measured.ended) return;
      stopCounting ??= countResponseBodies();
      connection.countsBodies ??= countRequestBodies(socket);
      if (!connection.countsBodies && mayHaveBody(request)) measured.received = undefined;
    } catch (error) {
      failedToStart(error);
    }
  };
  const onFinish = (message: unknown) => {
    try {
      const { request, response, socket } = message as ServerMessage;
      const measured = request[MEASURED];
      if (measured === undefined) return;
      if (measured.coverage !== 'no') {
        const route = metrics.route(measured, response.statusCode);
        if (route !== undefined) shareRoute(response, route);
      }
      if (!measured.ended) Connection.of(socket, metrics).finish(measured, request, response);
    } catch (error) {
      failedToFinish(error);
    }
  };
  const stopListening = listenGuarded({ [START]: onStart, [FINISH]: onFinish });
  return () => {
    stopListening();
    stopCounting?.();
  };
}

/** RFC 9112, "Message Body Length": without these headers a request has no body. */
function mayHaveBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}
