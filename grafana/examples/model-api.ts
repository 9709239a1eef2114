import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, SERVICE_TAG } from '../dashboard-frame.ts';
import { heatmap } from '../heatmap.ts';
import { foreignMetric, metric } from '../metric.ts';
import { buckets, level, quantile, quantiles, rate, resets } from '../query.ts';
import { stat } from '../stat.ts';
import { timeSeries } from '../time-series.ts';

const INFERENCE = foreignMetric('model_inference_duration_seconds', 'histogram', ['model']);
const LOADING = foreignMetric('model_load_duration_seconds', 'histogram', ['model', 'outcome']);
const LOADED = foreignMetric('model_loaded', 'gauge');
const REQUESTS = metric('http.server.request.duration');
const ACTIVE = metric('http.server.active_requests');
const DEPTH = metric('queue.depth');
const WAIT = metric('queue.wait.duration');
const LOOP = metric('nodejs.eventloop.utilization');
const MEMORY = metric('process.memory.usage');
const UPTIME = metric('process.uptime');

const SUMMARY = [
  stat({ title: 'Inputs', description: 'Inputs per second.', unit: 'ops', query: rate(INFERENCE) }),
  stat({
    title: 'Inference, p95',
    description: '95 % of the inputs take less, without the wait in the queue.',
    unit: 's',
    query: quantile(0.95, INFERENCE),
    limits: { warning: 0.05, critical: 0.1 },
  }),
  stat({
    title: 'Wait, p95',
    description: '95 % of the inputs wait less.',
    unit: 's',
    query: quantile(0.95, WAIT),
  }),
  stat({
    title: 'Queue',
    description: 'Inputs that wait.',
    unit: 'short',
    query: level(DEPTH),
    limits: { warning: 20, critical: 50 },
  }),
  stat({ title: 'In flight', description: 'Requests in flight.', unit: 'short', query: level(ACTIVE) }),
  stat({
    title: 'Models',
    description: 'Models in memory.',
    unit: 'short',
    query: level(LOADED, { join: 'max' }),
  }),
];

const MODELS = [
  timeSeries({
    title: 'Inputs by model',
    description: 'Per second.',
    unit: 'ops',
    queries: [rate(INFERENCE, { by: ['model'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Inference by model, p95',
    description: 'Without the wait in the queue.',
    unit: 's',
    queries: [quantile(0.95, INFERENCE, { by: ['model'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Wait in the queue',
    description: 'From the arrival of an input to its turn.',
    unit: 's',
    queries: quantiles(WAIT),
    span: 8,
  }),
  heatmap({
    title: 'Inference',
    description: 'Inputs by the time that they take.',
    unit: 's',
    countUnit: 'ops',
    query: buckets(INFERENCE),
    span: 12,
  }),
  timeSeries({
    title: 'Loads',
    description: 'By model and outcome.',
    unit: 'ops',
    queries: [rate(LOADING, { by: ['model', 'outcome'] })],
    span: 12,
  }),
];

const REQUEST_PANELS = [
  timeSeries({
    title: 'Requests',
    description: 'By route and status. Scrapes are not among them.',
    unit: 'reqps',
    queries: [rate(REQUESTS, { by: ['http.route', 'http.response.status_code'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Duration of requests, p95',
    description: 'By route.',
    unit: 's',
    queries: [quantile(0.95, REQUESTS, { by: ['http.route'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Event loop',
    description: 'Inference keeps the event loop busy.',
    unit: 'percentunit',
    queries: [level(LOOP, { by: ['instance'], join: 'max' })],
    span: 4,
    max: 1,
  }),
  timeSeries({
    title: 'Memory',
    description: 'By instance.',
    unit: 'bytes',
    queries: [level(MEMORY, { by: ['instance'] })],
    span: 4,
  }),
];

/** The dashboard of examples/model-api. */
export function modelApi(): Dashboard {
  return dashboard({
    uid: 'example-model-api',
    title: 'Example: model-api',
    description: 'Inference, queue, loads and requests of the model API.',
    tags: [SERVICE_TAG, 'example'],
    chosenBy: LOADED,
    marks: { title: 'A process started', ...resets(UPTIME) },
    summary: SUMMARY,
    rows: [
      { title: 'Models', panels: MODELS },
      { title: 'Requests and the process', panels: REQUEST_PANELS },
    ],
  });
}
