import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, SERVICE_TAG } from '../dashboard-frame.ts';
import { foreignMetric, metric } from '../metric.ts';
import { level, quantile, rate, resets, share } from '../query.ts';
import { stat } from '../stat.ts';
import { OUTCOMES, timeSeries } from '../time-series.ts';

const REQUESTS = foreignMetric('llm_gateway_request_total', 'counter', ['model', 'format', 'status', 'key']);
const KEYS = foreignMetric('llm_gateway_key_stored', 'gauge', ['state']);
const MODELS = foreignMetric('llm_gateway_model_offered', 'gauge', ['type']);
const ANSWERS = foreignMetric('llm_gateway_answer_stored', 'gauge', ['tenant']);
const STORED = foreignMetric('llm_gateway_answer_duration_seconds', 'histogram', ['model']);
const LOGINS = metric('auth.attempts');
const DECISIONS = metric('rate_limit.decisions');
const AGE = metric('pitot.source.age');
const UPTIME = metric('process.uptime');

const SUMMARY = [
  stat({ title: 'Requests', description: 'With a valid key.', unit: 'reqps', query: rate(REQUESTS) }),
  stat({
    title: 'Active keys',
    description: 'In the database.',
    unit: 'short',
    query: level(KEYS, { where: { state: 'active' }, join: 'max' }),
  }),
  stat({ title: 'Models', description: 'Of all types.', unit: 'short', query: level(MODELS) }),
  stat({ title: 'Answers', description: 'All in the database.', unit: 'short', query: level(ANSWERS) }),
  stat({
    title: 'Refused by limits',
    description: 'Share of the requests.',
    unit: 'percentunit',
    query: share(DECISIONS, { where: { 'rate_limit.outcome': 'limited' } }),
  }),
  stat({
    title: 'Age of the numbers',
    description: 'Of the oldest answer of the database.',
    unit: 's',
    query: level(AGE, { join: 'max' }),
    limits: { warning: 60, critical: 120 },
  }),
];

const PANELS = [
  timeSeries({
    title: 'Requests by model',
    description: 'Per second.',
    unit: 'reqps',
    queries: [rate(REQUESTS, { by: ['model', 'format'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Requests by status',
    description: 'Per second.',
    unit: 'reqps',
    queries: [rate(REQUESTS, { by: ['status'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Requests by key',
    description: 'By a keyed hash of the key.',
    unit: 'reqps',
    queries: [rate(REQUESTS, { by: ['key'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Attempts to use a key',
    description: 'By outcome and reason.',
    unit: 'cps',
    queries: [rate(LOGINS, { by: ['auth.outcome', 'error.type'] })],
    span: 8,
    colours: OUTCOMES,
  }),
  timeSeries({
    title: 'Durations in the database, p95',
    description: 'Of the answers that were stored in the interval, by model.',
    unit: 's',
    queries: [quantile(0.95, STORED, { by: ['model'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Answers by tenant',
    description: 'As the database has them. Tenants without a name are added up.',
    unit: 'short',
    queries: [level(ANSWERS, { by: ['tenant'], join: 'max' })],
    span: 8,
  }),
];

/** The dashboard of examples/llm-gateway, besides "Language models". */
export function llmGateway(): Dashboard {
  return dashboard({
    uid: 'example-llm-gateway',
    title: 'Example: llm-gateway',
    description: 'Keys, requests and what the database of the gateway knows.',
    tags: [SERVICE_TAG, 'example'],
    chosenBy: KEYS,
    marks: { title: 'A process started', ...resets(UPTIME) },
    summary: SUMMARY,
    rows: [{ title: 'Requests and answers', panels: PANELS }],
  });
}
