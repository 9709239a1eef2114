import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, SERVICE_TAG } from '../dashboard-frame.ts';
import { foreignMetric, metric } from '../metric.ts';
import { level, quantile, rate, rateOfSum, resets, share } from '../query.ts';
import { stat } from '../stat.ts';
import { OUTCOMES, timeSeries } from '../time-series.ts';

const RUNS = metric('workflow.run.finished');
const RUN_DURATION = metric('workflow.run.duration');
const STEPS = metric('workflow.step.finished');
const STEP_DURATION = metric('workflow.step.duration');
const DEFINITIONS = metric('workflow.definition.stored');
const OPERATIONS = metric('db.client.operation.duration');
const REQUESTS = metric('http.server.request.duration');
const HANDSHAKES = metric('websocket.server.connection.attempts');
const MESSAGES = metric('websocket.server.messages');
const LOG_INS = metric('auth.attempts');
const SESSIONS = metric('session.active');
const DECISIONS = metric('rate_limit.decisions');
const QUESTIONS = metric('gen_ai.client.operation.duration');
const FIRST_CHUNK = metric('gen_ai.client.operation.time_to_first_chunk');
const TOKENS = metric('gen_ai.client.token.usage');
const UPTIME = metric('process.uptime');

const TEAM_RUNS = foreignMetric('runs_total', 'counter', ['workflow', 'outcome']);
const TEAM_DURATION = foreignMetric('run_duration_seconds', 'histogram', ['workflow']);
const TEAM_REQUESTS = foreignMetric('http_request_duration_seconds', 'histogram', ['method', 'status_code']);

const SUMMARY = [
  stat({ title: 'Runs', description: 'Runs that ended, per second.', unit: 'ops', query: rate(RUNS) }),
  stat({
    title: 'Runs that fail',
    description: 'Share of the runs that ended.',
    unit: 'percentunit',
    query: share(RUNS, { where: { 'workflow.outcome': 'failure' } }),
    limits: { warning: 0.4, critical: 0.5 },
  }),
  stat({
    title: 'Duration of runs, p95',
    description: '95 % of the runs take less.',
    unit: 's',
    query: quantile(0.95, RUN_DURATION),
  }),
  stat({
    title: 'Sessions',
    description: 'Users that are logged in.',
    unit: 'short',
    query: level(SESSIONS),
  }),
  stat({
    title: 'Log-ins that fail',
    description: 'Share of the attempts with a password.',
    unit: 'percentunit',
    query: share(LOG_INS, { where: { 'auth.method': 'password', 'auth.outcome': 'failure' } }),
    limits: { warning: 0.7, critical: 0.8 },
  }),
  stat({
    title: 'First chunk, p95',
    description: '95 % of the answers of the model begin earlier.',
    unit: 's',
    query: quantile(0.95, FIRST_CHUNK),
  }),
];

const WORKFLOWS = [
  timeSeries({
    title: 'Runs by outcome',
    description: 'Per second.',
    unit: 'ops',
    queries: [rate(RUNS, { by: ['workflow.name', 'workflow.outcome'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Duration of runs, p95',
    description: 'By workflow.',
    unit: 's',
    queries: [quantile(0.95, RUN_DURATION, { by: ['workflow.name'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Nodes',
    description: 'By type and outcome.',
    unit: 'ops',
    queries: [rate(STEPS, { by: ['workflow.step.type', 'workflow.outcome'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Duration of nodes, p95',
    description: 'By type.',
    unit: 's',
    queries: [quantile(0.95, STEP_DURATION, { by: ['workflow.step.type'] })],
    span: 12,
  }),
  timeSeries({
    title: 'Database operations',
    description: 'By collection and operation.',
    unit: 'ops',
    queries: [rate(OPERATIONS, { by: ['db.collection.name', 'db.operation.name'] })],
    span: 12,
    stacked: true,
  }),
];

const USERS = [
  timeSeries({
    title: 'Requests',
    description: 'By route and status.',
    unit: 'reqps',
    queries: [rate(REQUESTS, { by: ['http.route', 'http.response.status_code'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Live connections',
    description: 'Handshakes by outcome.',
    unit: 'cps',
    queries: [rate(HANDSHAKES, { by: ['websocket.outcome'] })],
    span: 8,
    colours: OUTCOMES,
  }),
  timeSeries({
    title: 'Live messages',
    description: 'By direction and type.',
    unit: 'mps',
    queries: [rate(MESSAGES, { by: ['websocket.io.direction', 'websocket.message.type'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Authentication',
    description: 'Attempts by method, outcome and reason.',
    unit: 'cps',
    queries: [rate(LOG_INS, { by: ['auth.method', 'auth.outcome', 'error.type'] })],
    span: 12,
    colours: OUTCOMES,
  }),
  timeSeries({
    title: 'Limit of questions',
    description: 'Decisions by outcome.',
    unit: 'ops',
    queries: [rate(DECISIONS, { by: ['rate_limit.outcome'] })],
    span: 12,
    colours: OUTCOMES,
  }),
  timeSeries({
    title: 'Questions to the model',
    description: 'By error; without one for those that were answered.',
    unit: 'ops',
    queries: [rate(QUESTIONS, { by: ['gen_ai.request.model', 'error.type'] })],
    span: 12,
    stacked: true,
  }),
  timeSeries({
    title: 'Tokens',
    description: 'Per second, by type.',
    unit: 'short',
    queries: [rateOfSum(TOKENS, { by: ['gen_ai.token.type'] })],
    span: 12,
  }),
];

/** Panels of a team that records with prom-client's API, with queries as they were before. */
const TEAM = [
  timeSeries({
    title: 'Runs',
    description: 'By workflow and outcome. Empty without main-prom-client.ts.',
    unit: 'ops',
    queries: [rate(TEAM_RUNS, { by: ['workflow', 'outcome'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Duration of runs, p95',
    description: 'By workflow. Empty without main-prom-client.ts.',
    unit: 's',
    queries: [quantile(0.95, TEAM_DURATION, { by: ['workflow'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Requests',
    description: 'By method and status. Empty without main-prom-client.ts.',
    unit: 'reqps',
    queries: [rate(TEAM_REQUESTS, { by: ['method', 'status_code'] })],
    span: 8,
    stacked: true,
  }),
];

/** The dashboard of examples/workflow-service. */
export function workflowService(): Dashboard {
  return dashboard({
    uid: 'example-workflow-service',
    title: 'Example: workflow-service',
    description: 'Workflows, users, and questions to the model of the workflow service.',
    tags: [SERVICE_TAG, 'example'],
    chosenBy: DEFINITIONS,
    marks: { title: 'A process started', ...resets(UPTIME) },
    summary: SUMMARY,
    rows: [
      { title: 'Workflows', panels: WORKFLOWS },
      { title: 'Users and the model', panels: USERS },
      { title: "With prom-client's API", panels: TEAM },
    ],
  });
}
