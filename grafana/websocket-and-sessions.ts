import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, SERVICE_TAG } from './dashboard-frame.ts';
import { metric } from './metric.ts';
import { level, named, PRESENT, quantile, quantiles, rate, resets, share } from './query.ts';
import { stat } from './stat.ts';
import { stateTimeline } from './state-timeline.ts';
import { OUTCOMES, timeSeries } from './time-series.ts';

const HANDSHAKES = metric('websocket.server.connection.attempts');
const OPEN = metric('websocket.server.connection.active');
const LIFETIME = metric('websocket.server.connection.duration');
const MESSAGES = metric('websocket.server.messages');
const BYTES = metric('websocket.server.io');
const CONNECTION_ERRORS = metric('websocket.server.errors');
const PROCESSING = metric('websocket.server.process.duration');
const BUFFERED = metric('websocket.server.buffered');
const SESSIONS = metric('session.active');
const CREATED = metric('session.created');
const CREATION = metric('session.creation.duration');
const SESSION_LIFETIME = metric('session.duration');
const MANAGER = metric('session.manager.status');
const LOGINS = metric('auth.attempts');
const LOGIN_TIME = metric('auth.attempt.duration');

const DIRECTION = 'websocket.io.direction';

const SUMMARY = [
  stat({
    title: 'Open connections',
    description: 'Open WebSocket connections.',
    unit: 'short',
    query: level(OPEN),
  }),
  stat({
    title: 'Refused handshakes',
    description: 'Share of opening handshakes that the server rejected.',
    unit: 'percentunit',
    query: share(HANDSHAKES, { where: { 'websocket.outcome': 'rejected' } }),
    limits: { warning: 0.05, critical: 0.25 },
  }),
  stat({
    title: 'Messages in',
    description: 'Received messages per second.',
    unit: 'mps',
    query: rate(MESSAGES, { where: { [DIRECTION]: 'receive' } }),
  }),
  stat({
    title: 'Slowest 5 % of messages',
    description: 'Processing takes less for 95 % of the messages (p95).',
    unit: 's',
    query: quantile(0.95, PROCESSING),
    limits: { warning: 0.5, critical: 1 },
  }),
  stat({
    title: 'Sessions',
    description: 'Active sessions.',
    unit: 'short',
    query: level(SESSIONS),
  }),
  stat({
    title: 'Failed logins',
    description: 'Share of failed attempts to authenticate.',
    unit: 'percentunit',
    query: share(LOGINS, { where: { 'auth.outcome': 'failure' } }),
    limits: { warning: 0.5, critical: 0.9 },
  }),
];

const CONNECTIONS = [
  timeSeries({
    title: 'Open connections',
    description: 'By instance. A sudden drop is a restart or a broken network; an endless rise is a leak.',
    unit: 'short',
    queries: [level(OPEN, { by: ['instance', 'http.route'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Opening handshakes',
    description: 'By outcome: accepted, rejected by the server, or aborted by the client.',
    unit: 'cps',
    queries: [rate(HANDSHAKES, { by: ['websocket.outcome'] })],
    span: 8,
    colours: OUTCOMES,
  }),
  timeSeries({
    title: 'Lifetime of connections',
    description: 'Lifetime of closed connections. Very short ones are clients that reconnect repeatedly.',
    unit: 's',
    queries: quantiles(LIFETIME),
    span: 8,
  }),
];

const TRAFFIC = [
  timeSeries({
    title: 'Messages',
    description: "By direction, from the server's view, and type.",
    unit: 'mps',
    queries: [rate(MESSAGES, { by: [DIRECTION, 'websocket.message.type'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Payload',
    description: 'Bytes of messages before compression, by direction.',
    unit: 'binBps',
    queries: [rate(BYTES, { by: [DIRECTION] })],
    span: 8,
  }),
  timeSeries({
    title: 'Waiting to be sent',
    description: 'Unsent bytes in memory. They come from clients that read too slowly.',
    unit: 'bytes',
    queries: [level(BUFFERED, { by: ['instance'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Processing of messages',
    description: 'Processing time of received messages. Points are messages with a trace.',
    unit: 's',
    queries: quantiles(PROCESSING),
    span: 8,
    exemplars: true,
  }),
  timeSeries({
    title: 'Failed messages',
    description: 'Share of received messages whose processing failed, by type.',
    unit: 'percentunit',
    queries: [share(PROCESSING, { by: ['websocket.message.type'], where: { 'error.type': PRESENT } })],
    span: 8,
    limits: { warning: 0.01, critical: 0.05 },
  }),
  timeSeries({
    title: 'Errors of connections',
    description: 'By type.',
    unit: 'cps',
    queries: [rate(CONNECTION_ERRORS, { by: ['error.type'] })],
    span: 8,
  }),
];

const SESSION_PANELS = [
  timeSeries({
    title: 'Sessions',
    description: 'Active sessions, by kind.',
    unit: 'short',
    queries: [level(SESSIONS, { by: ['session.kind'] })],
    span: 8,
  }),
  timeSeries({
    title: 'New sessions',
    description: 'Requested sessions, by outcome.',
    unit: 'cps',
    queries: [rate(CREATED, { by: ['session.outcome', 'error.type'] })],
    span: 8,
    colours: OUTCOMES,
  }),
  timeSeries({
    title: 'Creation and lifetime of sessions, p95',
    description: 'Creation takes less for 95 % of the sessions; 95 % of the ended sessions lived less long.',
    unit: 's',
    queries: [
      named('created in', quantile(0.95, CREATION)),
      named('had lived', quantile(0.95, SESSION_LIFETIME)),
    ],
    span: 8,
  }),
  timeSeries({
    title: 'Attempts to authenticate',
    description: 'By outcome, method and reason.',
    unit: 'cps',
    queries: [rate(LOGINS, { by: ['auth.outcome', 'auth.method', 'error.type'] })],
    span: 8,
    colours: OUTCOMES,
  }),
  timeSeries({
    title: 'Duration of attempts, p95',
    description: '95 % of the attempts to authenticate by the method take less.',
    unit: 's',
    queries: [quantile(0.95, LOGIN_TIME, { by: ['auth.method'] })],
    span: 8,
    exemplars: true,
  }),
  stateTimeline({
    title: 'State of the session manager',
    description: 'States of the session manager over time.',
    query: level(MANAGER, { by: ['instance', 'session.manager.state'], join: 'max' }),
    one: { text: 'is', colour: 'green' },
    zero: { text: 'is not', colour: 'transparent' },
    span: 8,
  }),
];

/** Connections, messages, sessions and logins. */
export function websocketAndSessions(): Dashboard {
  return dashboard({
    uid: 'pitot-websocket-sessions',
    title: 'WebSocket and sessions',
    description: 'WebSocket connections and their messages, sessions, and attempts to authenticate.',
    tags: [SERVICE_TAG, 'websocket'],
    chosenBy: metric('pitot.series'),
    marks: { title: 'A process started', ...resets(metric('process.uptime')) },
    summary: SUMMARY,
    rows: [
      { title: 'Connections', panels: CONNECTIONS },
      { title: 'Messages', panels: TRAFFIC },
      { title: 'Sessions', panels: SESSION_PANELS },
    ],
  });
}
