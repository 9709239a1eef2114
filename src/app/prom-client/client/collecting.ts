import type { ObservableResult } from '@opentelemetry/api';
import { isThenable } from '../../../base/is-thenable.ts';
import { INSTRUMENTS_SCOPE } from '../../../base/pitot-scope.ts';
import { reasonOf } from '../../../base/reason.ts';
import { warnOnce } from '../../../base/safely.ts';
import type { MetricKind } from '../../../naming/names.ts';
import { createNaming } from '../../../naming/naming.ts';
import { recorder } from '../../record/global.ts';
import { inSlices } from '../slices.ts';
import { COLLECT_DURATION, COLLECT_DURATION_NAME } from './metrics.ts';

/** The part of PITOT_OBSERVE_TIMEOUT for asynchronous functions, so that our callback ends before the hub gives up on it. */
const SHARE_OF_TIMEOUT = 0.8;

/** A metric that may have a `collect` function to run whenever the hub collects. */
export interface Polled {
  readonly name: string;
  /** Decides the type in Prometheus. */
  readonly kind: MetricKind;
  /** Runs the function. The values count once its result has settled. May throw. */
  collect(): unknown;
  /** Puts the values into the recorder, in steps, if they are not there anyway. */
  read?(now: number): Iterator<unknown>;
}

const all = new Set<Polled>();
/** Those whose names on the endpoint were not looked at yet. */
const unchecked = new Set<Polled>();
/** Those whose last run has not settled: a function that hangs piles up nothing. */
const running = new Set<Polled>();

export function poll(metric: Polled): void {
  if (all.size === 0) collectDuration().addCallback(collectAll);
  all.add(metric);
  unchecked.add(metric);
}

export function stopPolling(metric: Polled): void {
  all.delete(metric);
  unchecked.delete(metric);
  if (all.size === 0) collectDuration().removeCallback(collectAll);
}

/** The callback of an observable, so that the hub runs it on every collection. */
function collectAll(result: ObservableResult): Promise<void> | undefined {
  checkNames();
  let milliseconds = 0;
  const kept = (more: number) => {
    milliseconds += more;
  };
  const begun = performance.now();
  const late = [...all].map((metric) => collect(metric, kept)).filter((rest) => rest !== undefined);
  kept(performance.now() - begun);
  const report = () => result.observe(milliseconds / 1000);
  if (late.length > 0) return inTime(Promise.all(late)).then(report);
  report();
  return undefined;
}

/** Warns of names that the endpoint shows in another form. The settings that decide are known by the first collection. */
function checkNames(): void {
  if (unchecked.size === 0) return;
  const naming = createNaming(recorder.translationStrategy, 'allow-utf-8');
  const renamed = Array.from(unchecked, ({ name, kind }) => [name, naming.family(name, '', kind)] as const)
    .filter(([name, shown]) => name !== shown)
    .map(([name, shown]) => `'${name}' is '${shown}'`);
  unchecked.clear();
  if (renamed.length === 0) return;
  warnOnce(
    `prom-client names ${renamed}`,
    `OpenTelemetry gives some metrics of pitot/prom-client other names on pitot's endpoint: ${renamed.join(', ')}. Their ` +
      'registries have the old ones. Change what asks for them, or rename the metrics.',
  );
}

/** @returns a promise for the rest of the work, which never rejects */
function collect(metric: Polled, kept: (milliseconds: number) => void): Promise<void> | undefined {
  if (running.has(metric)) return undefined;
  const read = () => (metric.read === undefined ? undefined : inSlices(metric.read(Date.now()), kept));
  try {
    const waiting = metric.collect();
    if (isThenable(waiting)) return finish(metric, waiting, read);
    return read();
  } catch (error) {
    warnOfFailure(metric, error);
    return undefined;
  }
}

async function finish(
  metric: Polled,
  waiting: PromiseLike<unknown>,
  read: () => Promise<void> | undefined,
): Promise<void> {
  running.add(metric);
  try {
    await waiting;
    // The metric may have left its registry meanwhile.
    if (all.has(metric)) await read();
  } catch (error) {
    warnOfFailure(metric, error);
  } finally {
    running.delete(metric);
  }
}

function warnOfFailure({ name }: Polled, error: unknown): void {
  warnOnce(
    `prom-client collect ${name}`,
    `collect() of the metric '${name}' failed (${reasonOf(error)}); pitot's endpoint serves its last values. Said once.`,
  );
}

async function inTime(work: Promise<unknown>): Promise<void> {
  const timeout = Math.floor(recorder.observeTimeout * SHARE_OF_TIMEOUT);
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      for (const metric of running) warnOfLateness(metric, timeout);
      resolve();
    }, timeout).unref();
  });
  await Promise.race([work, deadline]);
  clearTimeout(timer);
}

function warnOfLateness({ name }: Polled, timeout: number): void {
  warnOnce(
    `prom-client late ${name}`,
    `collect() of the metric '${name}' takes longer than ${timeout} ms, so that scrapes get what an earlier call has ` +
      'set. Make it faster, or raise PITOT_OBSERVE_TIMEOUT. Said once.',
  );
}

function collectDuration() {
  const { name, version } = INSTRUMENTS_SCOPE;
  const { unit, description } = COLLECT_DURATION;
  return recorder.getMeter(name, version).createObservableGauge(COLLECT_DURATION_NAME, { unit, description });
}
