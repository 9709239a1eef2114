import type { Attributes } from '@opentelemetry/api';
import { attributeText } from '../../model/attribute-text.ts';
import type { MetricReading } from './readings.ts';
import type { HealthView, ServiceState } from './wire.ts';

/**
 * The line below the service's name.
 *
 * @param collectedAt when the metrics had been collected, in milliseconds since the epoch
 */
export function healthView(
  resource: Attributes,
  metrics: ReadonlyMap<string, MetricReading>,
  collectedAt: number,
  state: ServiceState,
): HealthView {
  const text = (key: string) => attributeText(resource[key]);
  const valuesOf = (name: string) => metrics.get(name)?.series.map(({ value }) => value);
  const sumOf = (name: string) => valuesOf(name)?.reduce((sum, value) => sum + value, 0);
  const processes = (state: string) =>
    metrics
      .get('pitot.processes')
      ?.series.find(({ attributes }) => attributes['pitot.process.state'] === state)?.value;
  const stalls = sumOf('nodejs.eventloop.stalls');
  const uptimes = valuesOf('process.uptime');
  // If there are several processes, the oldest counts.
  const uptime = Math.max(...(uptimes ?? [process.uptime()]));
  return {
    service: text('service.name'),
    version: text('service.version'),
    runtime: `Node.js ${text('process.runtime.version') || process.versions.node}`,
    uptime,
    startedBy: (uptimes === undefined ? Date.now() : collectedAt) - uptime * 1000,
    processes: processes('live') ?? 1,
    stale: processes('stale') ?? 0,
    // Each watched thread has its own series.
    threads: valuesOf('nodejs.eventloop.stall.current')?.length ?? 1,
    stalls:
      stalls === undefined
        ? undefined
        : { count: stalls, seconds: sumOf('nodejs.eventloop.stall.time') ?? 0 },
    state,
  };
}
