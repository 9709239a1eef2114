import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge } from '../gauge.ts';
import type { Aggregator } from '../types.ts';
import { commonOf, type DefaultCollector } from './config.ts';

/** The delays of the event loop since the last collection. */
export const eventLoopLag: DefaultCollector = (registry, config = {}) => {
  const { prefix, labels, labelNames, registers } = commonOf(registry, config);
  const { eventLoopMonitoringPrecision: resolution } = config;
  const delays = monitorEventLoopDelay(resolution === undefined ? {} : { resolution });
  delays.enable();
  const gaugeOf = (name: string, help: string, aggregator: Aggregator, collect?: () => void) =>
    new Gauge({
      name: `${prefix}nodejs_eventloop_lag_${name}`,
      help,
      ...registers,
      labelNames,
      aggregator,
      ...(collect && { collect }),
    });
  // One function for all of them, so that they agree. The first shows the lag at the collection before.
  const lag = gaugeOf('seconds', 'Lag of event loop in seconds.', 'average', () => {
    const start = process.hrtime();
    setImmediate(() => {
      const [seconds, nanoseconds] = process.hrtime(start);
      lag.set(labels, (seconds * 1e9 + nanoseconds) / 1e9);
    });
    min.set(labels, delays.min / 1e9);
    max.set(labels, delays.max / 1e9);
    mean.set(labels, delays.mean / 1e9);
    stddev.set(labels, delays.stddev / 1e9);
    p50.set(labels, delays.percentile(50) / 1e9);
    p90.set(labels, delays.percentile(90) / 1e9);
    p99.set(labels, delays.percentile(99) / 1e9);
    delays.reset();
  });
  const min = gaugeOf('min_seconds', 'The minimum recorded event loop delay.', 'min');
  const max = gaugeOf('max_seconds', 'The maximum recorded event loop delay.', 'max');
  const mean = gaugeOf('mean_seconds', 'The mean of the recorded event loop delays.', 'average');
  const stddev = gaugeOf(
    'stddev_seconds',
    'The standard deviation of the recorded event loop delays.',
    'average',
  );
  const p50 = gaugeOf('p50_seconds', 'The 50th percentile of the recorded event loop delays.', 'average');
  const p90 = gaugeOf('p90_seconds', 'The 90th percentile of the recorded event loop delays.', 'average');
  const p99 = gaugeOf('p99_seconds', 'The 99th percentile of the recorded event loop delays.', 'average');
};
