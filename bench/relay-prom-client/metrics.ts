import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export const registry = new Registry();
collectDefaultMetrics({ register: registry });
const registers = [registry];

export const connectionAttempts = new Counter({
  name: 'relay_connections_total',
  help: 'Connections, by status.',
  labelNames: ['status'],
  registers,
});
export const activeConnections = new Gauge({
  name: 'relay_connections_active',
  help: 'Open connections.',
  registers,
});
export const connectionDuration = new Histogram({
  name: 'relay_connection_duration_seconds',
  help: 'Duration of connections.',
  buckets: [0.01, 0.1, 1, 10, 60, 300, 3600],
  registers,
});
export const messagesReceived = new Counter({
  name: 'relay_messages_received_total',
  help: 'Messages from clients, by type.',
  labelNames: ['type'],
  registers,
});
export const messagesSent = new Counter({
  name: 'relay_messages_sent_total',
  help: 'Messages to clients, by type.',
  labelNames: ['type'],
  registers,
});
export const messageBytes = new Counter({
  name: 'relay_message_bytes_total',
  help: 'Bytes of messages, by direction.',
  labelNames: ['direction'],
  registers,
});
export const messageDuration = new Histogram({
  name: 'relay_message_duration_seconds',
  help: 'From a message to its answer, by type.',
  labelNames: ['type'],
  buckets: [0.0001, 0.001, 0.01, 0.1, 1, 10],
  registers,
});
export const messagesPending = new Gauge({
  name: 'relay_messages_pending',
  help: 'Messages that wait for their answer.',
  registers,
});
export const sessionsCreated = new Counter({
  name: 'relay_sessions_created_total',
  help: 'Sessions, by tool and status.',
  labelNames: ['tool', 'status'],
  registers,
});
export const sessionCreation = new Histogram({
  name: 'relay_session_creation_duration_seconds',
  help: 'Duration of the creation of sessions, by tool.',
  labelNames: ['tool'],
  buckets: [0.001, 0.01, 0.1, 1, 10],
  registers,
});
export const activeSessions = new Gauge({
  name: 'relay_sessions_active',
  help: 'Open sessions, by tool.',
  labelNames: ['tool'],
  registers,
});
export const sessionManagerUp = new Gauge({
  name: 'relay_session_manager_up',
  help: 'Whether the session manager is up.',
  registers,
});
export const errorsTotal = new Counter({
  name: 'relay_errors_total',
  help: 'Errors, by type and severity.',
  labelNames: ['type', 'severity'],
  registers,
});
export const authAttempts = new Counter({
  name: 'relay_auth_attempts_total',
  help: 'Attempts to authenticate, by outcome and reason.',
  labelNames: ['outcome', 'reason'],
  registers,
});
export const rateLimitDecisions = new Counter({
  name: 'relay_rate_limit_decisions_total',
  help: 'Decisions of the limit of messages, by outcome.',
  labelNames: ['outcome'],
  registers,
});
export const queueDepth = new Gauge({
  name: 'relay_queue_depth',
  help: 'Runs that wait.',
  registers,
});
export const queueWait = new Histogram({
  name: 'relay_queue_wait_seconds',
  help: 'How long runs wait.',
  buckets: [0.0001, 0.001, 0.01, 0.1, 1, 10],
  registers,
});
export const requestDuration = new Histogram({
  name: 'relay_request_duration_seconds',
  help: 'Duration of HTTP requests, by route and status.',
  labelNames: ['route', 'status'],
  buckets: [0.001, 0.01, 0.1, 1, 10],
  registers,
});
new Gauge({
  name: 'relay_uptime_seconds',
  help: 'Time since the start.',
  registers,
  collect() {
    this.set(process.uptime());
  },
});
