import { constants } from 'node:os';
import { isDeno } from '../base/runtime.ts';
import { safely } from '../base/safely.ts';
import { Discovery } from '../channel/discovery/discovery.ts';
import { serviceOf } from '../channel/discovery/name.ts';
import type { Config } from '../config/settings/table.ts';
import { applicationEnvironment } from './hub-client/application-environment.ts';
import type { Hub } from './hub-client/hub.ts';
import { type Method, replaceMethod, type Undo, undoAll } from './patching/replace-method.ts';

/**
 * Signals that end a process which does not listen for them: stop and Ctrl+C, the end of a terminal, Ctrl+\, and
 * nodemon's restart.
 */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

type SignalListener = (signal: NodeJS.Signals | undefined, number?: number) => void;

/**
 * Has the hub hand over the last values before the process ends, in whatever way it does: its own end,
 * `process.exit`, an uncaught exception or rejection, one of {@link SIGNALS}. Exit codes and signals stay as they would
 * be without pitot. The end waits only where values are forwarded or other processes of the service depend on them,
 * and signals are only listened for where that has been so.
 *
 * @returns a function that removes the listeners
 */
export function flushAtExit(hub: Hub, config: Config): () => void {
  const isForwarding = config.exporters.some((exporter) => exporter !== 'prometheus');
  const isShared =
    config.processes === 'merge' && config.exporters.includes('prometheus') && config.port !== 0;
  if (!isForwarding && !isShared) return () => {};
  const isAwaited = () => isForwarding || (hub.peers ?? mayHavePeers(config));
  const flush = (isFinal: boolean) => {
    if (isAwaited()) hub.flushNow(config.flushTimeout, isFinal);
  };
  const atEnd = () => {
    // An error in a listener of `exit` would change the exit code.
    safely('the end of the process', () => {
      flush(true);
      // With peers the sockets stay: they tell the next leader that another process may have the totals.
      if (isShared && hub.peers === false) withdraw(config);
    });
  };
  const onSignal: SignalListener = (signal, number) => {
    // An application that listens decides for itself how it ends, and that end is flushed like any other. An event that
    // a program emits by itself has no number, and ends nothing. Deno tells no listener a number.
    if (signal === undefined || (number === undefined && !isDeno)) return;
    if (process.listenerCount(signal) > 1) return;
    if (process.pid === 1) {
      // The default action of a signal does not reach process 1 (pid_namespaces(7)): it goes on, and ends later.
      flush(false);
      return;
    }
    end();
    // No listener is left, so the signal takes its default action and ends the process.
    process.kill(process.pid, signal);
  };
  const end = () => {
    forget();
    atEnd();
  };
  let stopListening: Undo | undefined;
  // The listeners stay when the other processes are gone: without them a signal on its way from the kernel to the
  // event loop would be lost, and the process would go on.
  const listen = () => {
    const isWanted = config.signals === 'flush' && (isForwarding || hub.peers === true);
    if (isWanted) stopListening ??= undoAll([listenAlone(onSignal), beforeOwnSignal(onSignal, end)]);
  };
  process.on('exit', atEnd);
  hub.peersChanged = listen;
  listen();

  function forget(): void {
    hub.peersChanged = () => {};
    process.off('exit', atEnd);
    stopListening?.();
  }
  return forget;
}

/**
 * Listens to {@link SIGNALS} while the application does not. Some listeners end the process only if they are the only
 * ones, such as those of the package `signal-exit`: beside a listener of pitot's the process would ignore the signal.
 */
function listenAlone(listener: SignalListener): Undo {
  const listenIfAlone = (event: string | symbol) => {
    if (isSignal(event) && process.listenerCount(event) === 0) process.on(event, listener);
  };
  // `newListener` comes before the application's listener is added. Without any listener Node.js would stop listening,
  // and a signal on its way from the kernel to the event loop would be lost.
  const stepAside = (event: string | symbol) => {
    if (!isSignal(event)) return;
    process.nextTick(() => {
      if (process.listenerCount(event) > 1) process.off(event, listener);
    });
  };
  process.on('newListener', stepAside);
  process.on('removeListener', listenIfAlone);
  for (const signal of SIGNALS) listenIfAlone(signal);
  return () => {
    process.off('newListener', stepAside);
    process.off('removeListener', listenIfAlone);
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}

/**
 * Calls `end` when the process is about to send itself, or its group, a signal to which only `listener` listens.
 * Without a listener `process.kill()` does not return then. With one, the code after it would run, and a process with
 * nothing else to do would end by itself, before its event loop has seen the signal: NestJS raises a signal again after
 * it has closed everything.
 */
function beforeOwnSignal(listener: SignalListener, end: () => void): Undo {
  return replaceMethod(process, 'kill', (original) => {
    return function kill(this: unknown, ...args) {
      const [pid, given] = args;
      const signal = signalOf(given);
      // The default action does not reach process 1.
      if (signal !== undefined && process.pid !== 1 && reachesItself(pid, original)) {
        const [first, second] = process.listeners(signal);
        if (first === listener && second === undefined) end();
      }
      return Reflect.apply(original, this, args);
    };
  });
}

/** Whether `process.kill()` with this pid reaches the calling process: by its own id, or by that of its group. (kill(2)) */
function reachesItself(given: unknown, kill: Method): boolean {
  const pid = typeof given === 'string' ? Number(given) : given;
  if (pid === process.pid || pid === 0) return true;
  if (pid !== -process.pid) return false;
  try {
    // Signal 0 only asks. There is no such group unless this process has begun one.
    Reflect.apply(kill, process, [pid, 0]);
    return true;
  } catch {
    return false;
  }
}

/** The signal that `process.kill()` sends when it is given this; `undefined` if it is none of {@link SIGNALS}. */
function signalOf(given: unknown): (typeof SIGNALS)[number] | undefined {
  const isMeant = (signal: (typeof SIGNALS)[number]) =>
    typeof given === 'number' ? constants.signals[signal] === given : signal === (given || 'SIGTERM');
  return SIGNALS.find(isMeant);
}

function isSignal(event: string | symbol): event is (typeof SIGNALS)[number] {
  return SIGNALS.some((signal) => signal === event);
}

/** Whether a process serves, or has served, the endpoint. Answers while the hub has not found out yet. */
function mayHavePeers(config: Config): boolean {
  return discoveryOf(config, 'leader').hasBeenUsed();
}

function withdraw(config: Config): void {
  discoveryOf(config, 'leader').withdraw();
  if (config.port === 'none') discoveryOf(config, 'candidates').withdraw();
}

function discoveryOf(config: Config, purpose: 'leader' | 'candidates'): Discovery {
  const { host, port } = config;
  const env = applicationEnvironment(process.env);
  const service = serviceOf(config);
  return new Discovery({ host, port, service, purpose, env, platform: process.platform });
}
