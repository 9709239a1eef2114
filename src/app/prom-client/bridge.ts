import { isThenable } from '../../base/is-thenable.ts';
import { anyMatcherOf } from '../../base/name-patterns.ts';
import { reasonOf } from '../../base/reason.ts';
import { warnOnce } from '../../base/safely.ts';
import type { PitotMeter } from '../record/meter.ts';
import { type BridgedMetric, bridgedMetric } from './bridged-metric.ts';
import { claimName, freeName, holdsName } from './name-holders.ts';
import { defaultLabelsOf, type PromMetric, type PromRegistry, promMetric } from './prom-metric.ts';
import { inSlices } from './slices.ts';

type Pair = readonly [PromMetric, BridgedMetric];

/** A registry. Its metrics are in the recorder, in their state at the last poll. */
export class Bridge {
  private readonly registry: PromRegistry;
  private readonly meter: PitotMeter;
  private readonly isOmitted: (name: string) => boolean;
  private readonly bridged = new Map<PromMetric, BridgedMetric>();
  private readonly collecting = new Set<PromMetric>();
  /** The earliest possible start of anything that is new now; milliseconds since the epoch. */
  private since = performance.timeOrigin;

  constructor(registry: PromRegistry, meter: PitotMeter, omit: readonly string[]) {
    this.registry = registry;
    this.meter = meter;
    this.isOmitted = anyMatcherOf(omit);
  }

  /**
   * Brings the recorder up to date. Waits for asynchronous metrics for at most `timeout` milliseconds; the next poll has
   * the results of slower ones. Synchronous metrics are up to date when this returns, unless they have many
   * series. A metric that fails keeps its last values.
   *
   * @param kept receives the milliseconds for which this blocked the thread
   * @returns a promise for the rest; undefined if nothing is left to do
   */
  look(timeout: number, kept: (milliseconds: number) => void): Promise<unknown> | undefined {
    const now = Date.now();
    const begun = performance.now();
    this.adopt();
    const defaults = defaultLabelsOf(this.registry);
    const read = (pairs: readonly Pair[]) => inSlices(readAll(pairs, defaults, now), kept);
    const ready: Pair[] = [];
    const late: Promise<unknown>[] = [];
    for (const pair of this.bridged) {
      const [metric, bridged] = pair;
      if (this.collecting.has(metric)) continue;
      try {
        const waiting = bridged.collect();
        if (isThenable(waiting)) late.push(this.readLater(metric, waiting, () => read([pair])));
        else ready.push(pair);
      } catch (error) {
        warnOfFailure(metric, error);
      }
    }
    this.since = now;
    kept(performance.now() - begun);
    const rest = read(ready);
    if (late.length === 0) return rest;
    return Promise.all([rest, this.patiently(Promise.all(late), timeout)]);
  }

  /**
   * Brings the recorder up to date at once, at the end of the process, with what the metrics have now: no `collect()`
   * is called or waited for.
   *
   * @param deadline on the clock of `performance.now`; what is not read by then keeps the values of the last poll
   * @returns whether everything was read
   */
  finish(deadline: number): boolean {
    this.adopt();
    for (const _ of readAll([...this.bridged], defaultLabelsOf(this.registry), Date.now())) {
      if (performance.now() >= deadline) return false;
    }
    return true;
  }

  /** Removes everything from the recorder. */
  clear(): void {
    for (const metric of [...this.bridged.keys()]) this.drop(metric);
  }

  private async readLater(
    metric: PromMetric,
    waiting: PromiseLike<unknown>,
    read: () => Promise<void> | undefined,
  ): Promise<void> {
    this.collecting.add(metric);
    try {
      await waiting;
      // The metric may have left the registry meanwhile.
      if (this.bridged.has(metric)) await read();
    } catch (error) {
      warnOfFailure(metric, error);
    } finally {
      this.collecting.delete(metric);
    }
  }

  private async patiently(work: Promise<unknown>, timeout: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        for (const metric of this.collecting) warnOfLateness(metric, timeout);
        resolve();
      }, timeout).unref();
    });
    await Promise.race([work, deadline]);
    clearTimeout(timer);
  }

  /** Adds the registry's new metrics and drops those that left it. */
  private adopt(): void {
    const registered = this.registry.getMetricsAsArray();
    const present = new Set<unknown>(registered);
    for (const metric of [...this.bridged.keys()]) if (!present.has(metric)) this.drop(metric);
    for (const value of registered) {
      if (this.bridged.has(value as PromMetric)) continue;
      const metric = promMetric(value);
      if (metric === undefined) warnOfUnknown(value);
      else if (!this.isOmitted(metric.name)) this.add(metric);
    }
  }

  private add(metric: PromMetric): void {
    const { name } = metric;
    // Another bridged registry has the same metric.
    if (holdsName(name, metric)) return;
    if (!claimName(name, metric)) return;
    try {
      this.bridged.set(metric, bridgedMetric(this.meter, metric, this.since));
    } catch (error) {
      freeName(name, metric);
      warnOfFailure(metric, error);
    }
  }

  private drop(metric: PromMetric): void {
    this.bridged.get(metric)?.clear();
    this.bridged.delete(metric);
    freeName(metric.name, metric);
  }
}

function* readAll(
  pairs: readonly Pair[],
  defaults: Parameters<BridgedMetric['read']>[0],
  now: number,
): Generator<void> {
  for (const [metric, bridged] of pairs) {
    try {
      yield* bridged.read(defaults, now);
    } catch (error) {
      warnOfFailure(metric, error);
    }
  }
}

function warnOfFailure({ name }: PromMetric, error: unknown): void {
  warnOnce(
    `bridge failure ${name}`,
    `the bridged metric '${name}' could not be read (${reasonOf(error)}); it keeps its last values, if it has any. ` +
      'Others are not affected.',
  );
}

function warnOfLateness({ name }: PromMetric, timeout: number): void {
  warnOnce(
    `bridge lateness ${name}`,
    `collect() of the bridged metric '${name}' takes longer than ${timeout} ms, so that scrapes get what an earlier call ` +
      'has set. Make it faster, or raise PITOT_OBSERVE_TIMEOUT.',
  );
}

function warnOfUnknown(value: unknown): void {
  const name =
    typeof value === 'object' && value !== null && 'name' in value ? String(value.name) : 'without a name';
  warnOnce(
    `bridge unknown ${name}`,
    `the metric '${name}' of a registry is none of prom-client 15 or @prometheus-io/client 0.16; pitot's endpoint leaves ` +
      'it out.',
  );
}
