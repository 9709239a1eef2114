import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, SERVICE_TAG } from '../dashboard-frame.ts';
import { machinePanels } from '../machine-panels.ts';
import { foreignMetric, metric } from '../metric.ts';
import { level, mean, quantile, rate, rateOfSum, resets, share } from '../query.ts';
import { stat } from '../stat.ts';
import { stateTimeline } from '../state-timeline.ts';
import { OUTCOMES, timeSeries } from '../time-series.ts';

const ACCOUNTS = foreignMetric('admin_account', 'gauge', ['status']);
const TASKS = foreignMetric('admin_task', 'gauge', ['status']);
const SCRIPTS = foreignMetric('admin_script', 'gauge');
const SCHEMES = foreignMetric('admin_scheme', 'gauge');
const UPLOADS = foreignMetric('admin_upload_size_bytes', 'histogram');
const REQUESTS = metric('http.server.request.duration');
const REQUEST_SIZE = metric('http.server.request.body.size');
const RESPONSE_SIZE = metric('http.server.response.body.size');
const QUERIES = metric('db.client.operation.duration');
const CONNECTIONS = metric('db.client.connection.count');
const REDIS = metric('db.client.status');
const EXECUTIONS = metric('job.executions');
const DURATION = metric('job.execution.duration');
const AGE = metric('pitot.source.age');
const PROCESSES = metric('pitot.processes');
const UPTIME = metric('process.uptime');

const SUMMARY = [
  stat({ title: 'Requests', description: 'Per second.', unit: 'reqps', query: rate(REQUESTS) }),
  stat({
    title: 'Accounts',
    description: 'Of all statuses.',
    unit: 'short',
    query: level(ACCOUNTS),
  }),
  stat({ title: 'Tasks', description: 'Of all statuses.', unit: 'short', query: level(TASKS) }),
  stat({ title: 'Scripts', description: 'Uploaded scripts.', unit: 'short', query: level(SCRIPTS) }),
  stat({ title: 'Schemes', description: 'In the database.', unit: 'short', query: level(SCHEMES) }),
  stat({
    title: 'Processes',
    description: 'Those that serve, and the one that starts them.',
    unit: 'short',
    query: level(PROCESSES, { where: { 'pitot.process.state': 'live' } }),
  }),
];

const API = [
  timeSeries({
    title: 'Requests by route',
    description: 'Requests without a route are those for which there is nothing.',
    unit: 'reqps',
    queries: [rate(REQUESTS, { by: ['http.route'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Duration, p95',
    description: 'By route.',
    unit: 's',
    queries: [quantile(0.95, REQUESTS, { by: ['http.route'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Statuses',
    description: 'By status.',
    unit: 'reqps',
    queries: [rate(REQUESTS, { by: ['http.response.status_code'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Bytes',
    description: 'Bodies of requests and responses, as they were on the wire.',
    unit: 'binBps',
    queries: [
      { ...rateOfSum(REQUEST_SIZE), legend: 'requests' },
      { ...rateOfSum(RESPONSE_SIZE), legend: 'responses' },
    ],
    span: 8,
  }),
  timeSeries({
    title: 'Uploads',
    description: 'Average size.',
    unit: 'bytes',
    queries: [mean(UPLOADS)],
    span: 8,
  }),
];

const DATABASES = [
  timeSeries({
    title: 'Queries',
    description: 'By database, operation and table.',
    unit: 'ops',
    queries: [rate(QUERIES, { by: ['db.system.name', 'db.operation.name', 'db.collection.name'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Duration of queries, p95',
    description: 'By database and operation.',
    unit: 's',
    queries: [quantile(0.95, QUERIES, { by: ['db.system.name', 'db.operation.name'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Connections',
    description: 'By state.',
    unit: 'short',
    queries: [level(CONNECTIONS, { by: ['db.client.connection.state'] })],
    span: 8,
    stacked: true,
  }),
  stateTimeline({
    title: 'Redis connected',
    description: 'By process.',
    query: level(REDIS, {
      by: ['process_pid'],
      where: { 'db.client.state': 'connected', 'db.system.name': 'redis' },
      join: 'max',
    }),
    one: { text: 'connected', colour: 'green' },
    zero: { text: 'not connected', colour: 'red' },
    span: 8,
  }),
  timeSeries({
    title: 'Age of the numbers from the database',
    description: 'Of the oldest answer, by question.',
    unit: 's',
    queries: [level(AGE, { by: ['pitot.source.name'], join: 'max' })],
    span: 8,
  }),
];

const BUSINESS = [
  timeSeries({
    title: 'Accounts',
    description: 'By status.',
    unit: 'short',
    queries: [level(ACCOUNTS, { by: ['status'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Tasks',
    description: 'By status.',
    unit: 'short',
    queries: [level(TASKS, { by: ['status'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Task executions',
    description: 'By task and outcome.',
    unit: 'ops',
    queries: [rate(EXECUTIONS, { by: ['job.name', 'job.outcome'] })],
    span: 8,
    colours: OUTCOMES,
  }),
  timeSeries({
    title: 'Failed executions',
    description: 'Share of each task.',
    unit: 'percentunit',
    queries: [share(EXECUTIONS, { by: ['job.name'], where: { 'job.outcome': 'failure' } })],
    span: 8,
    limits: { warning: 0.25, critical: 0.5 },
  }),
  timeSeries({
    title: 'Duration of executions, p95',
    description: 'By task.',
    unit: 's',
    queries: [quantile(0.95, DURATION, { by: ['job.name'] })],
    span: 8,
  }),
];

/** The dashboard of examples/admin. */
export function admin(): Dashboard {
  return dashboard({
    uid: 'example-admin',
    title: 'Example: admin',
    description: 'Requests, databases, business numbers and the machine of the admin backend.',
    tags: [SERVICE_TAG, 'example'],
    chosenBy: ACCOUNTS,
    marks: { title: 'A process started', ...resets(UPTIME) },
    summary: SUMMARY,
    rows: [
      { title: 'Requests', panels: API },
      { title: 'Databases', panels: DATABASES },
      { title: 'Business', panels: BUSINESS },
      { title: 'The machine', panels: machinePanels() },
    ],
  });
}
