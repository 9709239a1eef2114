import { warnOnce } from '../../base/safely.ts';

/** Shared by the bundles of the package: the bridge and `pitot/prom-client` are in two. */
const HOLDERS = Symbol.for('pitot.prom-client.name-holders');

/** Whether the metric has the name in the recorder. Warns where another metric has it. */
export function claimName(name: string, metric: object): boolean {
  const holder = holders().get(name)?.deref();
  if (holder === undefined || holder === metric) {
    holders().set(name, new WeakRef(metric));
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
  return holders().get(name)?.deref() === metric;
}

export function freeName(name: string, metric: object): void {
  if (holdsName(name, metric)) holders().delete(name);
}

/**
 * The metric that the recorder has under each name, over all registries, bridged or of `pitot/prom-client`. Weakly: its
 * registry may be forgotten, and the name is free then.
 */
function holders(): Map<string, WeakRef<object>> {
  const found: unknown = Reflect.get(globalThis, HOLDERS);
  if (found instanceof Map) return found;
  const made = new Map<string, WeakRef<object>>();
  Object.defineProperty(globalThis, HOLDERS, { value: made });
  return made;
}
