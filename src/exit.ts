import type { Config } from './config/settings.ts';
import type { Hub } from './hub/hub.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Has the hub forward the last values before the process ends, in whatever way it does: its own end,
 * `process.exit`, an uncaught exception or rejection, SIGTERM, SIGINT. Exit codes and signals stay what
 * they would have been. Where nothing is forwarded nothing waits, and no signal is touched.
 *
 * @returns a function that takes the listeners off again
 */
export function flushAtExit(hub: Hub, config: Config): () => void {
  if (!config.exporters.some((exporter) => exporter !== 'prometheus')) return () => {};
  const onExit = () => hub.flushNow(config.flushTimeout);
  const onSignal = (signal: NodeJS.Signals) => {
    // An application that listens decides for itself how it ends; its end is then flushed like any other.
    if (process.listenerCount(signal) > 1) return;
    forget();
    hub.flushNow(config.flushTimeout);
    // No listener is left, so this is the signal's default action: the end by this signal.
    process.kill(process.pid, signal);
  };
  process.on('exit', onExit);
  if (config.signals === 'flush') for (const signal of SIGNALS) process.on(signal, onSignal);

  function forget(): void {
    process.off('exit', onExit);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
  return forget;
}
