import type { CollectionResult, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { OwnSeries } from './follower.ts';
import { type Change, Outgoing } from './outgoing.ts';

/** This process' metrics, as its hub has them. */
export interface OwnMetrics {
  /** Collects all of them, with the resource, for a process that is alone. */
  collect(): Promise<CollectionResult>;
  /**
   * Runs the application's observable callbacks, and resolves to the metrics that are not in the application's cells:
   * those of the hub and of the process, and for a leader those of the container and the machine.
   */
  observe(how: { ofTheMachine: boolean }): Promise<Observed>;
  /** The application's cells now; observables have the values of their last callbacks. */
  peek(): readonly ScopeMetrics[];
}

export interface Observed {
  readonly scopeMetrics: readonly ScopeMetrics[];
  readonly errors: readonly unknown[];
}

/** Metrics of the machine or the container: the leader's own serve for all processes. */
const OF_THE_MACHINE = /^(system|container)\./;

export function ofTheMachine(scopeMetrics: readonly ScopeMetrics[]): ScopeMetrics[] {
  return metricsWhere(scopeMetrics, (name) => OF_THE_MACHINE.test(name));
}

/** {@link OwnSeries} for a leader, which observes for itself. */
export interface Own extends OwnSeries {
  /** Takes the change up to now, with the observed values. Reads the cells at this moment, so that no value falls. */
  take(observed: Observed | undefined): Change;
}

export function ownSeries(metrics: OwnMetrics): Own {
  const outgoing = new Outgoing();
  const take: Own['take'] = (observed) => {
    const others = metricsWhere(observed?.scopeMetrics ?? [], (name) => !OF_THE_MACHINE.test(name));
    return outgoing.update([...metrics.peek(), ...others], { isComplete: observed !== undefined });
  };
  return {
    take,
    everything() {
      // A hub that has just replaced a dead one has not read anything yet.
      take(undefined);
      return outgoing.state.everything(Date.now());
    },
    async read({ observe }) {
      const observed = observe ? await metrics.observe({ ofTheMachine: false }) : undefined;
      return () => take(observed);
    },
  };
}

function metricsWhere(
  scopeMetrics: readonly ScopeMetrics[],
  accept: (name: string) => boolean,
): ScopeMetrics[] {
  return scopeMetrics.flatMap(({ scope, metrics }) => {
    const accepted = metrics.filter(({ descriptor }) => accept(descriptor.name));
    return accepted.length === 0 ? [] : [{ scope, metrics: accepted }];
  });
}
