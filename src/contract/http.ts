import { describeMetrics } from './contract.ts';
import type { MetricDeclarations } from './declaration.ts';

/**
 * Bounds of the buckets of request durations, in seconds. (Semantic conventions, "HTTP metrics",
 * `http.server.request.duration` and `http.client.request.duration`)
 */
const REQUEST_DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** As above for `http.client.connection.duration`. */
const CONNECTION_DURATIONS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** Bounds of the buckets of body sizes, in bytes; the conventions give none. An empty body is its own bucket. */
const BODY_SIZES = [0, 128, 512, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

/**
 * The methods that are recorded by name unless told otherwise: those of RFC 9110, PATCH and QUERY.
 * (Semantic conventions, "HTTP metrics", `http.request.method`)
 */
export const KNOWN_METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'QUERY',
] as const;

/** The common attributes of server and client. */
const EXCHANGE = {
  'http.request.method': {
    type: 'string',
    known: [...KNOWN_METHODS, '_OTHER'],
    description: 'The method; `_OTHER` for one that is not known.',
  },
  'http.response.status_code': {
    type: 'number',
    optional: true,
    description: 'The status code, if there was a response.',
  },
  'network.protocol.version': { type: 'string', optional: true, known: ['1.0', '1.1', '2', '3'] },
  'error.type': {
    type: 'string',
    optional: true,
    description: 'Of a failure: the status code, or the class of the error.',
  },
} as const;

const SERVER = {
  ...EXCHANGE,
  'url.scheme': { type: 'string', known: ['http', 'https'] },
  'http.route': {
    type: 'string',
    optional: true,
    description: 'The route that matched, as a template; never a raw path.',
  },
} as const;

const PEER = {
  'server.address': { type: 'string', description: 'The host that was asked.' },
  'server.port': {
    type: 'number',
    optional: true,
    description: 'Its port; a socket of the system has none.',
  },
} as const;

/** By the semantic conventions for HTTP metrics (docs/http/http-metrics.md). */
export const HTTP_METRICS = {
  'http.server.request.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of HTTP server requests.',
    attributes: SERVER,
    boundaries: REQUEST_DURATIONS,
  },
  'http.server.active_requests': {
    kind: 'upDownCounter',
    unit: '{request}',
    description: 'Number of active HTTP server requests.',
    attributes: {
      'http.request.method': EXCHANGE['http.request.method'],
      'url.scheme': SERVER['url.scheme'],
    },
  },
  'http.server.request.body.size': {
    kind: 'histogram',
    unit: 'By',
    description: 'Size of HTTP server request bodies.',
    attributes: SERVER,
    boundaries: BODY_SIZES,
  },
  'http.server.response.body.size': {
    kind: 'histogram',
    unit: 'By',
    description: 'Size of HTTP server response bodies.',
    attributes: SERVER,
    boundaries: BODY_SIZES,
  },
  'http.client.request.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of HTTP client requests.',
    attributes: { ...EXCHANGE, ...PEER },
    boundaries: REQUEST_DURATIONS,
  },
  'http.client.active_requests': {
    kind: 'upDownCounter',
    unit: '{request}',
    description: 'Number of active HTTP requests.',
    attributes: { 'http.request.method': EXCHANGE['http.request.method'], ...PEER },
  },
  'http.client.open_connections': {
    kind: 'upDownCounter',
    unit: '{connection}',
    description: 'Number of outbound HTTP connections that are currently active or idle on the client.',
    attributes: { ...PEER, 'http.connection.state': { type: 'string', known: ['active', 'idle'] } },
  },
  'http.client.connection.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'The duration of the successfully established outbound HTTP connections.',
    attributes: PEER,
    boundaries: CONNECTION_DURATIONS,
  },
} as const satisfies MetricDeclarations;

export const HTTP_CONTRACT = describeMetrics('', HTTP_METRICS, {
  title: 'HTTP',
  introduction:
    'Automatic (`http`). With `PITOT_HTTP=official` the durations alone, of `node:http` and `node:https`.',
});
