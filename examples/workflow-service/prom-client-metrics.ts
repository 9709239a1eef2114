import { Router } from 'express';
import { Counter, collectDefaultMetrics, Gauge, Histogram, register } from 'pitot/prom-client'; // was: 'prom-client'
import type { RunEvents } from './engine.ts';
import { workflows } from './workflows.ts';

collectDefaultMetrics();

const requestDuration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Duration of requests by method and status.',
  labelNames: ['method', 'status_code'],
});
const requestsInFlight = new Gauge({ name: 'http_requests_in_flight', help: 'Requests in flight.' });
const runs = new Counter({
  name: 'runs_total',
  help: 'Runs that ended, by workflow and outcome.',
  labelNames: ['workflow', 'outcome'],
});
const runDuration = new Histogram({
  name: 'run_duration_seconds',
  help: 'Duration of runs by workflow.',
  labelNames: ['workflow'],
  buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
});
const runsInProgress = new Gauge({ name: 'runs_in_progress', help: 'Runs that have not ended.' });
const nodes = new Counter({
  name: 'nodes_total',
  help: 'Nodes that ran without a failure, by type.',
  labelNames: ['type'],
});
new Gauge({
  name: 'workflows',
  help: 'Workflows that the service can run.',
  collect() {
    this.set(workflows.size);
  },
});

export function recordRuns(events: RunEvents): void {
  const timers = new Map<string, () => void>();
  events.on('started', ({ id, workflow }) => {
    timers.set(id, runDuration.startTimer({ workflow }));
    runsInProgress.inc();
  });
  events.on('node', (type) => nodes.inc({ type }));
  events.on('finished', ({ id, workflow, outcome }) => {
    timers.get(id)?.();
    timers.delete(id);
    runsInProgress.dec();
    runs.inc({ workflow, outcome });
  });
}

/** `GET /metrics`, and a middleware for everything else. */
export const http = Router();

http.get('/metrics', async (_request, response) => {
  response.type(register.contentType).send(await register.metrics());
});

http.use(({ method }, response, next) => {
  const end = requestDuration.startTimer({ method });
  requestsInFlight.inc();
  response.once('close', () => {
    requestsInFlight.dec();
    end({ status_code: response.statusCode });
  });
  next();
});
