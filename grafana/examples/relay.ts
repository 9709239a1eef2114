import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, SERVICE_TAG } from '../dashboard-frame.ts';
import { foreignMetric, metric } from '../metric.ts';
import { level, quantile, rate, resets, share } from '../query.ts';
import { stat } from '../stat.ts';
import { stateTimeline } from '../state-timeline.ts';
import { OUTCOMES, timeSeries } from '../time-series.ts';

const RECEIVED = foreignMetric('relay_message_received_total', 'counter', ['type']);
const SENT = foreignMetric('relay_message_sent_total', 'counter', ['type']);
const PENDING = foreignMetric('relay_message_pending', 'gauge');
const CONNECTIONS = metric('websocket.server.connection.active');
const HANDSHAKES = metric('websocket.server.connection.attempts');
const LIFETIME = metric('websocket.server.connection.duration');
const PROCESSING = metric('websocket.server.process.duration');
const SESSIONS = metric('session.active');
const CREATED = metric('session.created');
const CREATION = metric('session.creation.duration');
const MANAGER = metric('session.manager.status');
const ERRORS = metric('application.errors');
const LOGINS = metric('auth.attempts');
const DECISIONS = metric('rate_limit.decisions');
const DEPTH = metric('queue.depth');
const WAITING = metric('queue.wait.duration');
const REQUESTS = metric('http.server.request.duration');
const MEMORY = metric('process.memory.usage');
const CPU = metric('process.cpu.time');
const UPTIME = metric('process.uptime');

const SUMMARY = [
  stat({ title: 'Connections', description: 'Open connections.', unit: 'short', query: level(CONNECTIONS) }),
  stat({ title: 'Sessions', description: 'Open sessions.', unit: 'short', query: level(SESSIONS) }),
  stat({ title: 'Messages', description: 'Messages from clients.', unit: 'mps', query: rate(RECEIVED) }),
  stat({
    title: 'Refused by the limit',
    description: 'Share of the messages above the limit of their connection.',
    unit: 'percentunit',
    query: share(DECISIONS, { where: { 'rate_limit.outcome': 'limited' } }),
    limits: { warning: 0.2, critical: 0.5 },
  }),
  stat({
    title: 'Memory',
    description: 'Physical memory. Sessions keep what their tools have answered.',
    unit: 'bytes',
    query: level(MEMORY),
    limits: { warning: 300e6, critical: 400e6 },
  }),
  stat({
    title: 'Uptime',
    description: 'Of the oldest process.',
    unit: 's',
    query: level(UPTIME, { join: 'max' }),
  }),
];

const CLIENTS = [
  timeSeries({
    title: 'Handshakes',
    description: 'By status.',
    unit: 'cps',
    queries: [rate(HANDSHAKES, { by: ['websocket.outcome'] })],
    span: 8,
    colours: OUTCOMES,
  }),
  timeSeries({
    title: 'Logins',
    description: 'Attempts to authenticate, by outcome and reason.',
    unit: 'cps',
    queries: [rate(LOGINS, { by: ['auth.outcome', 'error.type'] })],
    span: 8,
    colours: OUTCOMES,
  }),
  timeSeries({
    title: 'Duration of connections, p95',
    description: 'Of connections that have ended.',
    unit: 's',
    queries: [quantile(0.95, LIFETIME)],
    span: 8,
  }),
  timeSeries({
    title: 'Messages in',
    description: 'By type.',
    unit: 'mps',
    queries: [rate(RECEIVED, { by: ['type'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Messages out',
    description: 'By type.',
    unit: 'mps',
    queries: [rate(SENT, { by: ['type'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Duration of messages, p95',
    description: 'From a message to its answer, by type.',
    unit: 's',
    queries: [quantile(0.95, PROCESSING, { by: ['websocket.message.name'] })],
    span: 8,
  }),
];

const TOOLS = [
  timeSeries({
    title: 'New sessions',
    description: 'By tool and status.',
    unit: 'cps',
    queries: [rate(CREATED, { by: ['session.kind', 'session.outcome'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Session creation, p95',
    description: 'By tool.',
    unit: 's',
    queries: [quantile(0.95, CREATION, { by: ['session.kind'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Errors',
    description: 'By type and severity. Those of severity `warn` are mistakes of clients.',
    unit: 'cps',
    queries: [rate(ERRORS, { by: ['error.type', 'application.error.severity'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Pending messages and queue',
    description: 'Messages that wait for their answer, and runs that wait in the queue.',
    unit: 'short',
    queries: [
      { ...level(PENDING), legend: 'pending' },
      { ...level(DEPTH), legend: 'queue' },
    ],
    span: 8,
  }),
  timeSeries({
    title: 'Wait in the queue, p95',
    description: '95 % of the runs wait less.',
    unit: 's',
    queries: [quantile(0.95, WAITING)],
    span: 8,
  }),
  stateTimeline({
    title: 'Session manager',
    description: 'Up or down.',
    query: level(MANAGER, { by: ['instance', 'session.manager.state'], join: 'max' }),
    one: { text: 'is', colour: 'green' },
    zero: { text: 'is not', colour: 'transparent' },
    span: 8,
  }),
];

const PROCESS = [
  timeSeries({
    title: 'Requests',
    description: 'By route and status; handshakes have the status 101.',
    unit: 'reqps',
    queries: [rate(REQUESTS, { by: ['http.route', 'http.response.status_code'] })],
    span: 8,
  }),
  timeSeries({
    title: 'CPU',
    description: 'Seconds of processor time per second, by mode.',
    unit: 'short',
    queries: [rate(CPU, { by: ['cpu.mode'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Memory',
    description: 'By instance.',
    unit: 'bytes',
    queries: [level(MEMORY, { by: ['instance'] })],
    span: 8,
  }),
];

/** The dashboard of examples/relay. */
export function relay(): Dashboard {
  return dashboard({
    uid: 'example-relay',
    title: 'Example: relay',
    description: 'Connections, messages, sessions and errors of the relay.',
    tags: [SERVICE_TAG, 'example'],
    chosenBy: MANAGER,
    marks: { title: 'A process started', ...resets(UPTIME) },
    summary: SUMMARY,
    rows: [
      { title: 'Clients', panels: CLIENTS },
      { title: 'Tools', panels: TOOLS },
      { title: 'Requests and the process', panels: PROCESS },
    ],
  });
}
