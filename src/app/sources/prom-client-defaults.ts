import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { nanoseconds } from '../../base/clock.ts';
import { groupBy } from '../../base/group-by.ts';
import { PROM_CLIENT_ONLY_METRICS as METRICS } from '../../contract/prom-client-defaults.ts';
import { activeHandles, activeRequests } from '../foreign/active-handles.ts';

type Name = keyof typeof METRICS;

const NANOSECONDS_PER_SECOND = 1e9;

/**
 * Records the default metrics of prom-client that only this thread knows. The values are computed as in
 * prom-client/lib/metrics. Returns a function that stops this.
 */
export function recordPromClientDefaults(meter: Meter): () => void {
  const create = (name: Name): Observable => {
    const { kind, description } = METRICS[name];
    return kind === 'observableGauge'
      ? meter.createObservableGauge(name, { description })
      : meter.createObservableUpDownCounter(name, { description });
  };
  const observables = new Map((Object.keys(METRICS) as Name[]).map((name) => [name, create(name)]));
  /** Seconds; undefined until it is measured. */
  let lag: number | undefined;

  const observe = (result: BatchObservableResult) => {
    const report = (name: Name, value: number, type?: string) => {
      const observable = observables.get(name);
      if (observable !== undefined) result.observe(observable, value, type === undefined ? {} : { type });
    };
    const reportObjects = (
      name: 'nodejs_active_handles' | 'nodejs_active_requests',
      all?: readonly unknown[],
    ) => {
      if (all === undefined) return;
      for (const [type, objects] of groupBy(all, typeOf)) {
        if (type !== undefined) report(name, objects.length, type);
      }
      report(`${name}_total`, all.length);
    };
    // As in prom-client, each collection reports the lag that the one before it has measured.
    if (lag !== undefined) report('nodejs_eventloop_lag_seconds', lag);
    const start = nanoseconds();
    setImmediate(() => {
      lag = Number(nanoseconds() - start) / NANOSECONDS_PER_SECOND;
    });
    report('nodejs_external_memory_bytes', process.memoryUsage().external);
    reportObjects('nodejs_active_handles', activeHandles());
    reportObjects('nodejs_active_requests', activeRequests());
  };
  const all = [...observables.values()];
  meter.addBatchObservableCallback(observe, all);
  return () => meter.removeBatchObservableCallback(observe, all);
}

/** The name of the object's class; undefined for an object without one, which prom-client leaves out. */
function typeOf(object: unknown): string | undefined {
  const { name } = (object as { readonly constructor?: { readonly name: unknown } }).constructor ?? {};
  return typeof name === 'string' ? name : undefined;
}
