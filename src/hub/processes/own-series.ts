import type { CollectionResult, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { OwnSeries } from './follower.ts';
import { type Change, Outgoing } from './outgoing.ts';

/** This process' metrics, as its hub has them. */
export interface OwnMetrics {
  /** All of them as they are now, with the resource, for a process that is alone. */
  collect(): Promise<CollectionResult>;
  /**
   * Has the application's observables run, and resolves to what is not in the application's cells: the
   * metrics of the process, its container and its machine.
   */
  observe(): Promise<Observed>;
  /** The application's cells as they are now; observables as they were observed last. */
  peek(): readonly ScopeMetrics[];
}

export interface Observed {
  readonly scopeMetrics: readonly ScopeMetrics[];
  readonly errors: readonly unknown[];
}

/** What is said of the machine or the container, and not of the process: the leader's own serves for all. */
const OF_THE_MACHINE = /^(system|container)\./;

export function ofTheMachine(scopeMetrics: readonly ScopeMetrics[]): ScopeMetrics[] {
  return metricsWhere(scopeMetrics, (name) => OF_THE_MACHINE.test(name));
}

/** As {@link OwnSeries}, and for a leader, which also needs the rest of what it observed. */
export interface Own extends OwnSeries {
  /** The change up to now, with what was observed; cells are read at this moment, so that none goes back. */
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
      // A hub that has just taken the place of another tells its leader what there is, not that there is nothing.
      take(undefined);
      return outgoing.state.everything(Date.now());
    },
    async read({ observe }) {
      const observed = observe ? await metrics.observe() : undefined;
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
