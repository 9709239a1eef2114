import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, SERVICE_TAG } from './dashboard-frame.ts';
import { heatmap } from './heatmap.ts';
import { metric } from './metric.ts';
import {
  buckets,
  level,
  mean,
  named,
  orNamed,
  PRESENT,
  per,
  type Query,
  quantile,
  quantiles,
  rate,
  resets,
  share,
} from './query.ts';
import { stat } from './stat.ts';
import { stateTimeline } from './state-timeline.ts';
import { table } from './table.ts';
import { OUTCOMES, timeSeries } from './time-series.ts';

const OPERATIONS = metric('db.client.operation.duration');
const ROWS = metric('db.client.response.returned_rows');
const CONNECTIONS = metric('db.client.connection.count');
const CONNECTIONS_MAX = metric('db.client.connection.limit');
const PENDING = metric('db.client.connection.pending_requests');
const STATUS = metric('db.client.status');
const LOOKUPS = metric('cache.lookups');
const LOOKUP_TIME = metric('cache.lookup.duration');
const EVICTIONS = metric('cache.evictions');
const CACHE_SIZE = metric('cache.size');

const FAILED = { 'error.type': PRESENT };
const USED = { 'db.client.connection.state': 'used' };
const OPERATION = { by: ['db.system.name', 'db.operation.name'] };
const COLLECTION = { by: ['db.collection.name'] };
/** Operations without a single table, such as those of a transaction. */
function withCollection(query: Query): Query {
  return orNamed('(none)', 'db.collection.name', OPERATIONS, query);
}

const POOL = { by: ['db.client.connection.pool.name'] };
const CACHE = { by: ['cache.name'] };

const SUMMARY = [
  stat({
    title: 'Operations',
    description: 'Finished database operations per second.',
    unit: 'ops',
    query: rate(OPERATIONS),
  }),
  stat({
    title: 'Failed operations',
    description: 'Share of operations that ended with an error.',
    unit: 'percentunit',
    query: share(OPERATIONS, { where: FAILED }),
    limits: { warning: 0.01, critical: 0.05 },
  }),
  stat({
    title: 'Slowest 5 % of operations',
    description: '95 % of the operations take less (p95).',
    unit: 's',
    query: quantile(0.95, OPERATIONS),
    limits: { warning: 0.1, critical: 0.5 },
  }),
  stat({
    title: 'Connections in use',
    description: "Share of the pools' maximum. At 100 % operations wait for a connection.",
    unit: 'percentunit',
    query: per(level(CONNECTIONS, { where: USED }), level(CONNECTIONS_MAX)),
    limits: { warning: 0.8, critical: 1 },
  }),
  stat({
    title: 'Waiting for a connection',
    description: 'Requests that wait for a free connection.',
    unit: 'short',
    query: level(PENDING),
    limits: { warning: 1, critical: 10 },
  }),
  stat({
    title: 'Cache hits',
    description: 'Share of cache look-ups that found an entry.',
    unit: 'percentunit',
    query: share(LOOKUPS, { where: { 'cache.outcome': 'hit' } }),
  }),
];

const OPERATION_PANELS = [
  timeSeries({
    title: 'Operations',
    description: 'By database and operation.',
    unit: 'ops',
    queries: [rate(OPERATIONS, OPERATION)],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Failed operations',
    description: "By the database's error code, or the error's class.",
    unit: 'ops',
    queries: [rate(OPERATIONS, { by: ['db.operation.name', 'error.type'], where: FAILED })],
    span: 8,
  }),
  timeSeries({
    title: 'Duration, p95',
    description: '95 % of these operations take less. Points are operations with a trace.',
    unit: 's',
    queries: [quantile(0.95, OPERATIONS, OPERATION)],
    span: 8,
    exemplars: true,
  }),
  table({
    title: 'Tables and collections, now',
    description:
      'Current use of each table or collection, the most used first. Rows are the average per result.',
    row: { label: 'db_collection_name', title: 'Table or collection' },
    columns: [
      { title: 'Operations', unit: 'ops', query: withCollection(rate(OPERATIONS, COLLECTION)) },
      {
        title: 'Failed',
        unit: 'percentunit',
        query: withCollection(share(OPERATIONS, { ...COLLECTION, where: FAILED })),
      },
      { title: 'p95', unit: 's', query: withCollection(quantile(0.95, OPERATIONS, COLLECTION)) },
      { title: 'Rows', unit: 'short', query: withCollection(mean(ROWS, COLLECTION)) },
    ],
    span: 12,
  }),
  heatmap({
    title: 'Durations',
    description: 'Number of operations by duration.',
    unit: 's',
    countUnit: 'ops',
    query: buckets(OPERATIONS),
    span: 12,
  }),
  timeSeries({
    title: 'Duration of all operations',
    description: 'Half of the operations take less than p50, 99 of 100 less than p99.',
    unit: 's',
    queries: quantiles(OPERATIONS),
    span: 12,
    exemplars: true,
  }),
  timeSeries({
    title: 'Rows per result, p95',
    description: '95 % of the results have fewer rows. A rise often means a query without a limit.',
    unit: 'short',
    queries: [withCollection(quantile(0.95, ROWS, COLLECTION))],
    span: 12,
  }),
];

const POOL_PANELS = [
  timeSeries({
    title: 'Connections',
    description: "Used and idle connections by pool, and the pool's maximum.",
    unit: 'short',
    queries: [
      level(CONNECTIONS, { by: [...POOL.by, 'db.client.connection.state'] }),
      named('{{db_client_connection_pool_name}} limit', level(CONNECTIONS_MAX, POOL)),
    ],
    span: 8,
    colours: { '/ limit$/': 'red' },
  }),
  timeSeries({
    title: 'Waiting for a connection',
    description: 'If it stays above zero, the pool is too small or the code does not return connections.',
    unit: 'short',
    queries: [level(PENDING, POOL)],
    span: 8,
  }),
  stateTimeline({
    title: 'Connected',
    description: 'Periods in which each client was connected to its database.',
    query: level(STATUS, {
      by: ['instance', 'db.system.name', 'db.client.name'],
      where: { 'db.client.state': 'connected' },
      join: 'max',
    }),
    one: { text: 'connected', colour: 'green' },
    zero: { text: 'not connected', colour: 'red' },
    span: 8,
  }),
];

const CACHE_PANELS = [
  timeSeries({
    title: 'Cache look-ups',
    description: 'By cache and outcome. Misses go to the database.',
    unit: 'ops',
    queries: [rate(LOOKUPS, { by: [...CACHE.by, 'cache.outcome'] })],
    span: 6,
    colours: OUTCOMES,
  }),
  timeSeries({
    title: 'Duration of look-ups, p95',
    description: '95 % of the look-ups in the cache take less.',
    unit: 's',
    queries: [quantile(0.95, LOOKUP_TIME, CACHE)],
    span: 6,
  }),
  timeSeries({
    title: 'Evicted entries',
    description: 'By reason. Many evictions for capacity mean that the cache is too small.',
    unit: 'cps',
    queries: [rate(EVICTIONS, { by: [...CACHE.by, 'cache.eviction.reason'] })],
    span: 6,
  }),
  timeSeries({
    title: 'Entries',
    description: 'Entries in each cache.',
    unit: 'short',
    queries: [level(CACHE_SIZE, CACHE)],
    span: 6,
  }),
];

/** Operations on databases and caches, and their results. */
export function database(): Dashboard {
  return dashboard({
    uid: 'pitot-database',
    title: 'Databases and caches',
    description: 'Operations by type and table, connection pools, and caches.',
    tags: [SERVICE_TAG, 'database'],
    chosenBy: metric('pitot.series'),
    marks: { title: 'A process started', ...resets(metric('process.uptime')) },
    summary: SUMMARY,
    rows: [
      { title: 'Operations', panels: OPERATION_PANELS },
      { title: 'Connections', panels: POOL_PANELS },
      { title: 'Caches', panels: CACHE_PANELS },
    ],
  });
}
