import type { ObservableResult } from '@opentelemetry/api';
import { stderrLogger } from '../../base/log.ts';
import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { safely, warnOnce } from '../../base/safely.ts';
import { recorder } from '../record/global.ts';
import { Bridge } from './bridge.ts';
import { LOOK_DURATION, LOOK_DURATION_NAME } from './metrics.ts';
import { NameWatch } from './name-watch.ts';
import { OWN_REGISTRY } from './own-registry.ts';
import type { PromRegistry } from './prom-metric.ts';

/** Options of `bridgePromClient()`. */
export interface BridgeOptions {
  /** Names of metrics to leave out; `*` stands for any text, as in `nodejs_*`. */
  readonly omit?: readonly string[] | undefined;
}

/** Ends a bridge. */
export interface BridgeHandle extends Disposable {
  /** Removes the registry's metrics from the endpoint. The registry itself stays as it is. */
  stop(): void;
}

/** The scope of the bridge's instruments, the same for both libraries. */
const SCOPE = 'prom-client';

/** The part of PITOT_OBSERVE_TIMEOUT for asynchronous metrics, so that our callback ends before the hub gives up on it. */
const SHARE_OF_TIMEOUT = 0.8;

/** An application may call `boot()` this much later. */
const BOOT_GRACE_MS = 3000;

const bridges = new Map<PromRegistry, Bridge>();
const names = new NameWatch(SCOPE);

/**
 * Puts the metrics of a registry of prom-client or `@prometheus-io/client` on pitot's endpoint, and forwards them, with
 * their names, types, labels and buckets.
 *
 * ```ts
 * import { register } from 'prom-client';
 * bridgePromClient(register);
 * ```
 *
 * Every collection copies the values of the registry's metrics on the application's thread, without formatting them as
 * text, for at most 5 ms at a time. While the thread is blocked, the endpoint serves the values of the last poll. A
 * second call for the same registry does nothing. Never throws.
 */
export function bridgePromClient(registry: PromRegistry, { omit = [] }: BridgeOptions = {}): BridgeHandle {
  safely('bridgePromClient()', () => {
    if (typeof registry?.getMetricsAsArray !== 'function') {
      throw new TypeError('it was given no registry of prom-client or @prometheus-io/client');
    }
    if (OWN_REGISTRY in registry) {
      warnOnce(
        'bridge of an own registry',
        'bridgePromClient() was given a registry of pitot/prom-client, which needs no bridge: its metrics are on the ' +
          'endpoint already. Leave the call out.',
      );
      return;
    }
    start(registry, omit);
    if (!recorder.hasBooted) setTimeout(warnUnlessBooted, BOOT_GRACE_MS).unref();
  });
  const end = () => stop(registry);
  return { stop: end, [Symbol.dispose]: end };
}

/**
 * Bridges what `registry` has, a part of a registry of `pitot/prom-client`. That module works without pitot's boot, so
 * that nothing warns of a missing one. Never throws.
 *
 * @returns a function that ends the bridge
 */
export function bridgePart(registry: PromRegistry): () => void {
  safely('a bridge', () => start(registry, []));
  return () => stop(registry);
}

function start(registry: PromRegistry, omit: readonly string[]): void {
  if (bridges.has(registry)) return;
  bridges.set(registry, new Bridge(registry, recorder.getMeter(SCOPE), omit));
  lookDuration().addCallback(look);
  recorder.atEnd(finish);
}

function stop(registry: PromRegistry): void {
  safely('the end of a bridge', () => {
    bridges.get(registry)?.clear();
    bridges.delete(registry);
    if (bridges.size === 0) lookDuration().removeCallback(look);
  });
}

let hasWarned = false;

function warnUnlessBooted(): void {
  if (recorder.hasBooted || bridges.size === 0 || hasWarned) return;
  hasWarned = true;
  // Only boot() gives pitot's diagnostics a logger.
  stderrLogger.warn(
    'bridgePromClient() was called, but pitot does not run in this process, so that no endpoint has the metrics. Start ' +
      'the application with `node --import pitot/instrumentation`, or call boot().',
  );
}

/** The callback of an observable, so that the hub runs it on every collection. */
function look(result: ObservableResult): Promise<void> | undefined {
  let milliseconds = 0;
  const kept = (more: number) => {
    milliseconds += more;
  };
  const tell = () => {
    names.look(recorder.streams(), recorder.translationStrategy);
    result.observe(milliseconds / 1000);
  };
  const timeout = Math.floor(recorder.observeTimeout * SHARE_OF_TIMEOUT);
  const late = [...bridges.values()]
    .map((bridge) => bridge.look(timeout, kept))
    .filter((rest) => rest !== undefined);
  if (late.length > 0) return Promise.all(late).then(tell);
  tell();
  return undefined;
}

/** At the end of the process no later slice of a poll runs. */
function finish(deadline: number): void {
  let isComplete = true;
  for (const bridge of bridges.values()) isComplete = bridge.finish(deadline) && isComplete;
  if (isComplete) return;
  warnOnce(
    'bridge at the end',
    'the process ended before the last values of all bridged metrics were read; the others keep those of the last ' +
      'collection. Raise PITOT_FLUSH_TIMEOUT: reading them may take half as long.',
  );
}

function lookDuration() {
  const { name, version } = INSTRUMENTS_SCOPE;
  const { unit, description } = LOOK_DURATION;
  return recorder.getMeter(name, version).createObservableGauge(LOOK_DURATION_NAME, { unit, description });
}
