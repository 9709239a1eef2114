import { describeMetrics } from './contract.ts';
import type { MetricDeclarations } from './declaration.ts';

/**
 * Default metrics of prom-client that the conventions have no counterpart for. pitot records them under prom-client's
 * names, and only if it serves those names (`PITOT_DEFAULT_METRICS`). Sizes and numbers are up-down counters, because
 * prom-client adds them up over the processes of a cluster.
 */
export const PROM_CLIENT_ONLY_METRICS = {
  nodejs_eventloop_lag_seconds: {
    kind: 'observableGauge',
    unit: '',
    description: 'Lag of event loop in seconds.',
  },
  nodejs_external_memory_bytes: total('Node.js external memory size in bytes.'),
  nodejs_active_handles: byType(
    'Number of active libuv handles grouped by handle type. Every handle type is C++ class name.',
  ),
  nodejs_active_handles_total: total('Total number of active handles.'),
  nodejs_active_requests: byType(
    'Number of active libuv requests grouped by request type. Every request type is C++ class name.',
  ),
  nodejs_active_requests_total: total('Total number of active requests.'),
} as const satisfies MetricDeclarations;

/** Boundaries of prom-client's `nodejs_gc_duration_seconds`. */
export const PROM_CLIENT_GC_BOUNDARIES = [0.001, 0.01, 0.1, 1, 2, 5] as const;

export const PROM_CLIENT_ONLY_CONTRACT = describeMetrics('', PROM_CLIENT_ONLY_METRICS, {
  title: "prom-client's default metrics",
  introduction:
    'With `PITOT_DEFAULT_METRICS` set to `prom-client` or `both`, the endpoint serves all default metrics of ' +
    'prom-client (docs/migrating-from-prom-client.md). It computes most of them from the metrics above. These are ' +
    'recorded besides.',
});

function total(description: string) {
  return { kind: 'observableUpDownCounter', unit: '', description } as const;
}

function byType(description: string) {
  return { ...total(description), attributes: { type: 'string' } } as const;
}
