import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { causePanels, dependencyPanels } from './cause-panels.ts';
import { dashboard, SERVICE_TAG } from './dashboard-frame.ts';
import { UP } from './foreign-metrics.ts';
import { heatmap } from './heatmap.ts';
import { metric } from './metric.ts';
import {
  buckets,
  level,
  ofTargets,
  orNamed,
  orZero,
  type Query,
  quantile,
  quantiles,
  rate,
  resets,
  share,
} from './query.ts';
import { stat } from './stat.ts';
import { table } from './table.ts';
import { timeSeries } from './time-series.ts';

const REQUESTS = metric('http.server.request.duration');
const ACTIVE = metric('http.server.active_requests');
const CPU = metric('process.cpu.utilization');
const MEMORY = metric('container.memory.utilization');
const LOOP = metric('nodejs.eventloop.utilization');
const SERIES = metric('pitot.series');
const STALL = metric('nodejs.eventloop.stall.current');

/**
 * Failures for which the service is to blame: a status of 500 or above, or an end without a complete response although
 * the client stayed. prometheus/rules/http.yml counts the same.
 */
const FAILED = { 'error.type': { except: 'client_disconnected|HPE_.*' } };

/** Only main threads: worker threads may be busy. */
const MAIN = { 'thread.name': 'main' };

const BY_ROUTE = { by: ['http.route'] };

/** Requests without a matching route mostly come from scanners, and belong in the picture. */
function withRoute(query: Query): Query {
  return orNamed('(no route)', 'http.route', REQUESTS, query);
}

const SUMMARY = [
  stat({
    title: 'Requests',
    description: 'Answered HTTP requests per second.',
    unit: 'reqps',
    query: rate(REQUESTS),
  }),
  stat({
    title: 'Failed requests',
    description: 'Share of requests that the service failed: a status of 500 or above, or no response.',
    unit: 'percentunit',
    query: share(REQUESTS, { where: FAILED }),
    limits: { warning: 0.01, critical: 0.05 },
  }),
  stat({
    title: 'Slowest 5 % of requests',
    description: '95 % of the requests take less (p95).',
    unit: 's',
    query: quantile(0.95, REQUESTS),
    limits: { warning: 0.5, critical: 1 },
  }),
  stat({
    title: 'Targets that answer',
    description:
      'Share of the targets of these jobs that answer Prometheus. A service that only forwards has none.',
    unit: 'percentunit',
    query: ofTargets(UP, SERIES, { join: 'avg' }),
    limits: { warning: 1, critical: 0.5, below: true },
  }),
  stat({
    title: 'Busiest event loop',
    description: 'Share of time that the busiest event loop works. Near 100 % everything waits for it.',
    unit: 'percentunit',
    query: level(LOOP, { join: 'max' }),
    limits: { warning: 0.7, critical: 0.9 },
  }),
  stat({
    title: 'Stuck event loop',
    description:
      'How long an event loop has been stuck right now. The process answers no requests meanwhile.',
    unit: 's',
    query: orZero(level(STALL, { where: MAIN, join: 'max' })),
    limits: { warning: 1, critical: 5 },
  }),
];

const REQUEST_PANELS = [
  timeSeries({
    title: 'Requests by route',
    description: 'Rate. A rise here explains most rises elsewhere.',
    unit: 'reqps',
    queries: [withRoute(rate(REQUESTS, BY_ROUTE))],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Failed requests by route',
    description: "Errors: the share of each route's requests that the service failed.",
    unit: 'percentunit',
    queries: [withRoute(share(REQUESTS, { ...BY_ROUTE, where: FAILED }))],
    span: 8,
    limits: { warning: 0.01, critical: 0.05 },
  }),
  timeSeries({
    title: 'Duration by route, p95',
    description: "Duration: 95 % of the route's requests take less. Points are requests with a trace.",
    unit: 's',
    queries: [withRoute(quantile(0.95, REQUESTS, BY_ROUTE))],
    span: 8,
    exemplars: true,
  }),
  table({
    title: 'Routes, now',
    description: 'Current state of each route, the most used first. Click a heading to sort by it.',
    row: { label: 'http_route', title: 'Route' },
    columns: [
      { title: 'Requests', unit: 'reqps', query: withRoute(rate(REQUESTS, BY_ROUTE)) },
      {
        title: 'Failed',
        unit: 'percentunit',
        query: withRoute(share(REQUESTS, { ...BY_ROUTE, where: FAILED })),
      },
      { title: 'p50', unit: 's', query: withRoute(quantile(0.5, REQUESTS, BY_ROUTE)) },
      { title: 'p95', unit: 's', query: withRoute(quantile(0.95, REQUESTS, BY_ROUTE)) },
      { title: 'p99', unit: 's', query: withRoute(quantile(0.99, REQUESTS, BY_ROUTE)) },
    ],
    span: 12,
  }),
  heatmap({
    title: 'Durations',
    description:
      'Number of requests by duration. Two bands are two kinds of requests, which no quantile shows.',
    unit: 's',
    countUnit: 'reqps',
    query: buckets(REQUESTS),
    span: 12,
  }),
  timeSeries({
    title: 'Responses by status',
    description: 'Requests by response status. Many 4xx are often a changed client.',
    unit: 'reqps',
    queries: [rate(REQUESTS, { by: ['http.response.status_code'] })],
    span: 8,
    stacked: true,
    colours: { '/^2/': 'green', '/^[13]/': 'blue', '/^4/': 'orange', '/^5/': 'red' },
  }),
  timeSeries({
    title: 'Duration of all requests',
    description: 'Half of the requests take less than p50, 99 of 100 less than p99.',
    unit: 's',
    queries: quantiles(REQUESTS),
    span: 8,
    exemplars: true,
  }),
  timeSeries({
    title: 'Requests in flight',
    description: 'Requests without a response yet. A rising line is a service that falls behind.',
    unit: 'short',
    queries: [level(ACTIVE, { by: ['instance'] })],
    span: 8,
  }),
];

const SATURATION = [
  timeSeries({
    title: 'Event loop in use',
    description: 'Share of time that each event loop works. Above 90 % requests queue up.',
    unit: 'percentunit',
    queries: [level(LOOP, { by: ['instance', 'process.pid', 'thread.id'], join: 'max' })],
    span: 8,
    max: 1,
    limits: { warning: 0.7, critical: 0.9 },
  }),
  timeSeries({
    title: 'CPU in use',
    description: 'Share of the CPUs that each process may use.',
    unit: 'percentunit',
    queries: [level(CPU, { by: ['instance', 'process.pid'] })],
    span: 8,
    max: 1,
    limits: { warning: 0.8, critical: 0.95 },
  }),
  timeSeries({
    title: 'Memory in use',
    description:
      "Share of the container's limit, or of the machine's memory. At 100 % the kernel kills the process.",
    unit: 'percentunit',
    queries: [level(MEMORY, { by: ['instance'], join: 'max' })],
    span: 8,
    max: 1,
    limits: { warning: 0.8, critical: 0.9 },
  }),
];

/** RED by route, and where to look next. */
export function serviceOverview(): Dashboard {
  return dashboard({
    uid: 'pitot-service-overview',
    title: 'Service overview',
    description: "Rate, errors and duration by route, their causes, and the service's saturation.",
    tags: [SERVICE_TAG, 'http'],
    chosenBy: SERIES,
    marks: { title: 'A process started', ...resets(metric('process.uptime')) },
    summary: SUMMARY,
    rows: [
      { title: 'Requests', panels: REQUEST_PANELS },
      { title: 'Causes', panels: causePanels() },
      { title: 'Dependencies', panels: dependencyPanels() },
      { title: 'Saturation', panels: SATURATION },
    ],
  });
}
