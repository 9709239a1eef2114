import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { defineMetrics } from '../define/define.ts';

const SYSTEM = {
  'db.system.name': {
    type: 'string',
    known: ['mongodb', 'mysql', 'postgresql', 'redis', 'sqlite'],
    description: "The database's product, by the conventions' well-known name.",
  },
} as const;

/** The attributes of every metric of operations. */
const OPERATION = {
  ...SYSTEM,
  'db.operation.name': { type: 'string', description: 'The operation, as the database calls it.' },
  'db.collection.name': {
    type: 'string',
    optional: true,
    description: 'The one table or collection the operation works on.',
  },
  'db.namespace': { type: 'string', optional: true, description: 'The name of the database on its server.' },
  'server.address': { type: 'string', optional: true, description: 'The host of the server.' },
  'server.port': { type: 'number', optional: true, description: 'Its port, where it is not the usual one.' },
  'db.response.status_code': {
    type: 'string',
    optional: true,
    description: 'The code that the database replied to a failed operation with.',
  },
  'error.type': {
    type: 'string',
    optional: true,
    description: "Of a failure: the database's code, or the error's class.",
  },
} as const;

const POOL = {
  'db.client.connection.pool.name': {
    type: 'string',
    description: 'The name of the pool, unique in the service.',
  },
} as const;

export const databaseMetrics = defineMetrics(
  'db.client',
  {
    'operation.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of database client operations.',
      attributes: OPERATION,
      boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    },
    'response.returned_rows': {
      kind: 'histogram',
      unit: '{row}',
      description: 'The actual number of records returned by the database operation.',
      attributes: OPERATION,
      boundaries: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000],
    },
    'connection.count': {
      kind: 'observableUpDownCounter',
      unit: '{connection}',
      description: 'The number of connections that are currently in state described by the state attribute.',
      attributes: { ...POOL, 'db.client.connection.state': ['idle', 'used'] },
    },
    'connection.limit': {
      kind: 'observableUpDownCounter',
      unit: '{connection}',
      description: 'The maximum number of open connections allowed.',
      attributes: POOL,
    },
    'connection.pending_requests': {
      kind: 'observableUpDownCounter',
      unit: '{request}',
      description: 'The number of current pending requests for an open connection.',
      attributes: POOL,
    },
    status: {
      kind: 'gauge',
      // A unit of 1 would have Prometheus call it a ratio.
      unit: '',
      description: 'State of a database client: 1 for the one it is in, 0 for the others.',
      attributes: {
        ...SYSTEM,
        'db.client.name': { type: 'string', optional: true },
        'db.client.state': ['connecting', 'connected', 'disconnected', 'closed'],
      },
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Databases',
    introduction: 'By `database` of `pitot/instruments`.',
  },
);
