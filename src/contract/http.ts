import {
  BODY_SIZES,
  CONNECTION_DURATIONS,
  REQUEST_DURATIONS,
} from '../instrumentations/lean-http/buckets.ts';
import { describeMetrics } from './contract.ts';

/** What server and client have in common. */
const EXCHANGE = {
  'http.request.method': {
    type: 'string',
    known: [
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
      '_OTHER',
    ],
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
  'server.port': { type: 'number', description: 'Its port.' },
} as const;

/** By the semantic conventions for HTTP metrics (docs/http/http-metrics.md). */
export const HTTP_CONTRACT = describeMetrics(
  'http',
  {
    'server.request.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of HTTP server requests.',
      attributes: SERVER,
      boundaries: REQUEST_DURATIONS,
    },
    'server.active_requests': {
      kind: 'upDownCounter',
      unit: '{request}',
      description: 'Number of active HTTP server requests.',
      attributes: {
        'http.request.method': EXCHANGE['http.request.method'],
        'url.scheme': SERVER['url.scheme'],
      },
    },
    'server.request.body.size': {
      kind: 'histogram',
      unit: 'By',
      description: 'Size of HTTP server request bodies.',
      attributes: SERVER,
      boundaries: BODY_SIZES,
    },
    'server.response.body.size': {
      kind: 'histogram',
      unit: 'By',
      description: 'Size of HTTP server response bodies.',
      attributes: SERVER,
      boundaries: BODY_SIZES,
    },
    'client.request.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of HTTP client requests.',
      attributes: { ...EXCHANGE, ...PEER },
      boundaries: REQUEST_DURATIONS,
    },
    'client.active_requests': {
      kind: 'upDownCounter',
      unit: '{request}',
      description: 'Number of active HTTP requests.',
      attributes: { 'http.request.method': EXCHANGE['http.request.method'], ...PEER },
    },
    'client.open_connections': {
      kind: 'upDownCounter',
      unit: '{connection}',
      description: 'Number of outbound HTTP connections that are currently active or idle on the client.',
      attributes: { ...PEER, 'http.connection.state': { type: 'string', known: ['active', 'idle'] } },
    },
    'client.connection.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'The duration of the successfully established outbound HTTP connections.',
      attributes: PEER,
      boundaries: CONNECTION_DURATIONS,
    },
  },
  {
    title: 'HTTP',
    introduction:
      'Automatic (`http`). With `PITOT_HTTP=official` the durations alone, of `node:http` and `node:https`.',
  },
);
