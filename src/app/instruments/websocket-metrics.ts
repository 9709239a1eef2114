import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { defineMetrics } from '../define/define.ts';

const ROUTE = {
  'http.route': {
    type: 'string',
    optional: true,
    description: 'The path that is connected to, as a template, if it was given.',
  },
} as const;

const MESSAGE = {
  ...ROUTE,
  'websocket.io.direction': { values: ['receive', 'transmit'], description: 'As the server sees it.' },
  'websocket.message.type': ['text', 'binary'],
} as const;

export const websocketMetrics = defineMetrics(
  'websocket.server',
  {
    'connection.attempts': {
      kind: 'counter',
      unit: '{attempt}',
      description: 'Number of opening handshakes, by outcome.',
      attributes: {
        ...ROUTE,
        'websocket.outcome': {
          values: ['accepted', 'rejected', 'aborted'],
          description: '`rejected`: the server refused; `aborted`: the client left.',
        },
      },
    },
    'connection.active': {
      kind: 'upDownCounter',
      unit: '{connection}',
      description: 'Number of connections that are open.',
      attributes: ROUTE,
    },
    'connection.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of connections.',
      attributes: {
        ...ROUTE,
        'error.type': { type: 'string', optional: true, description: 'Of a connection that had an error.' },
      },
      boundaries: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
    },
    messages: {
      kind: 'counter',
      unit: '{message}',
      description: 'Number of messages, by direction and type.',
      attributes: MESSAGE,
    },
    io: {
      kind: 'counter',
      unit: 'By',
      description: 'Payload of messages before compression, by direction and type.',
      attributes: MESSAGE,
    },
    errors: {
      kind: 'counter',
      unit: '{error}',
      description: 'Number of errors of connections.',
      attributes: { ...ROUTE, 'error.type': { type: 'string', description: "The error's code or class." } },
    },
    'process.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of the processing of messages that came in.',
      attributes: {
        ...ROUTE,
        'websocket.message.type': { values: ['text', 'binary'], optional: true },
        'websocket.message.name': {
          type: 'string',
          optional: true,
          description: 'What sort of message it was to the application, if it told.',
        },
        'error.type': { type: 'string', optional: true, description: 'Of processing that failed.' },
      },
      boundaries: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    buffered: {
      kind: 'observableUpDownCounter',
      unit: 'By',
      description: 'Bytes that were given to connections and wait to be sent.',
      attributes: ROUTE,
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'WebSocket connections',
    introduction: 'By `websocket` of `pitot/instruments`.',
  },
);
