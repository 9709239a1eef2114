import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { metric } from './metric.ts';
import { PRESENT, quantile, rate, share } from './query.ts';
import { OUTCOMES, timeSeries } from './time-series.ts';

const ERRORS = metric('application.errors');
const LIMITS = metric('rate_limit.decisions');
const LOGINS = metric('auth.attempts');
const OUTGOING = metric('http.client.request.duration');

const SERVER = { by: ['server.address'] };

/** Causes of failed and refused requests that the service knows. */
export function causePanels(): Builder<Panel>[] {
  return [
    timeSeries({
      title: 'Errors of the application',
      description: 'Errors that the service counted or did not handle, by origin and type.',
      noValue: 'No error yet',
      unit: 'cps',
      queries: [rate(ERRORS, { by: ['application.error.origin', 'error.type'] })],
      span: 8,
      stacked: true,
    }),
    timeSeries({
      title: 'Refused by rate limits',
      description: 'Decisions of rate limiters, by outcome.',
      noValue: 'Filled by rateLimit of pitot/instruments',
      unit: 'cps',
      queries: [rate(LIMITS, { by: ['rate_limit.limiter.name', 'rate_limit.outcome'] })],
      span: 8,
      colours: OUTCOMES,
    }),
    timeSeries({
      title: 'Attempts to authenticate',
      description: 'By outcome and reason. Many failures mean an attack or an expired credential.',
      noValue: 'Filled by auth of pitot/instruments',
      unit: 'cps',
      queries: [rate(LOGINS, { by: ['auth.outcome', 'auth.method', 'error.type'] })],
      span: 8,
      colours: OUTCOMES,
    }),
  ];
}

/** The services that requests depend on. In the conventions, a client's failure is a status of 400 or above, or none. */
export function dependencyPanels(): Builder<Panel>[] {
  return [
    timeSeries({
      title: 'Outgoing requests by server',
      description: 'HTTP requests that the service sends.',
      noValue: 'No request to another server yet',
      unit: 'reqps',
      queries: [rate(OUTGOING, SERVER)],
      span: 8,
    }),
    timeSeries({
      title: 'Failed outgoing requests by server',
      description: 'Share of failed requests: a status of 400 or above, or no response.',
      noValue: 'No request to another server yet',
      unit: 'percentunit',
      queries: [share(OUTGOING, { ...SERVER, where: { 'error.type': PRESENT } })],
      span: 8,
      limits: { warning: 0.01, critical: 0.05 },
    }),
    timeSeries({
      title: 'Duration of outgoing requests, p95',
      description:
        '95 % of the requests to the server take less. Compare with the routes that use the server.',
      noValue: 'No request to another server yet',
      unit: 's',
      queries: [quantile(0.95, OUTGOING, SERVER)],
      span: 8,
      exemplars: true,
    }),
  ];
}
