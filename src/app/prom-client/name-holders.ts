import { warnOnce } from '../../base/safely.ts';

/**
 * The metric that the recorder has under each name, over all registries, bridged or of `pitot/prom-client`. Weakly: its
 * registry may be forgotten, and the name is free then.
 */
const holders = new Map<string, WeakRef<object>>();

/** Whether the metric has the name in the recorder. Warns where another metric has it. */
export function claimName(name: string, metric: object): boolean {
  const holder = holders.get(name)?.deref();
  if (holder === undefined || holder === metric) {
    holders.set(name, new WeakRef(metric));
    return true;
  }
  warnOnce(
    `prom-client holder ${name}`,
    `two registries of prom-client have a metric '${name}'; pitot's endpoint serves that of the first. Give one of them ` +
      `another name, or leave a bridged one out: bridgePromClient(registry, { omit: ['${name}'] }).`,
  );
  return false;
}

export function holdsName(name: string, metric: object): boolean {
  return holders.get(name)?.deref() === metric;
}

export function freeName(name: string, metric: object): void {
  if (holdsName(name, metric)) holders.delete(name);
}
