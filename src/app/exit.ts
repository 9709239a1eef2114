import { Discovery } from '../channel/discovery.ts';
import type { Config } from '../config/settings/table.ts';
import { applicationEnvironment } from './hub-client/application-environment.ts';
import type { Hub } from './hub-client/hub.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Has the hub hand over the last values before the process ends, in whatever way it does: its own end,
 * `process.exit`, an uncaught exception or rejection, SIGTERM, SIGINT. Exit codes and signals stay what
 * they would have been. Where nothing is forwarded and no other process of the service depends on the
 * values, nothing waits; where that has never been otherwise, no signal is touched.
 *
 * @returns a function that takes the listeners off again
 */
export function flushAtExit(hub: Hub, config: Config): () => void {
  const isForwarding = config.exporters.some((exporter) => exporter !== 'prometheus');
  const isShared =
    config.processes === 'merge' && config.exporters.includes('prometheus') && config.port !== 0;
  if (!isForwarding && !isShared) return () => {};
  const isAwaited = () => isForwarding || (hub.peers ?? mayHavePeers(config));
  const onExit = () => {
    if (isAwaited()) hub.flushNow(config.flushTimeout);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    // An application that listens decides for itself how it ends; its end is then flushed like any other.
    if (process.listenerCount(signal) > 1) return;
    if (process.pid === 1) {
      // The default action of a signal does not reach process 1 (pid_namespaces(7)): it goes on, and ends later.
      onExit();
      return;
    }
    forget();
    onExit();
    // No listener is left, so this is the signal's default action: the end by this signal.
    process.kill(process.pid, signal);
  };
  let isListening = false;
  // Not taken off when the others are gone: a signal that is on its way from the kernel to the event loop
  // would be lost, and the process would go on.
  const listen = () => {
    const isWanted = config.signals === 'flush' && (isForwarding || hub.peers === true);
    if (!isWanted || isListening) return;
    isListening = true;
    for (const signal of SIGNALS) process.on(signal, onSignal);
  };
  process.on('exit', onExit);
  hub.peersChanged = listen;
  listen();

  function forget(): void {
    hub.peersChanged = () => {};
    process.off('exit', onExit);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
  return forget;
}

/** Whether somebody serves, or has served, the endpoint: asked when the hub has not found out yet. */
function mayHavePeers({ host, port }: Config): boolean {
  return new Discovery({
    host,
    port,
    env: applicationEnvironment(process.env),
    platform: process.platform,
  }).hasBeenUsed();
}
