import { createNoopMeter, type Meter } from '@opentelemetry/api';
import { MeterProvider, type MetricProducer } from '@opentelemetry/sdk-metrics';
import type { Forwarder } from '../../../../src/hub/forward/forwarder.ts';
import { PushReader, type RequestLog } from '../../../../src/hub/forward/push-reader.ts';
import { SelfObservation } from '../../../../src/hub/forward/self-observation.ts';

export interface ReadingOptions {
  readonly forwarder: Forwarder;
  readonly producer: MetricProducer;
  readonly log?: RequestLog | undefined;
  readonly meter?: Meter;
  /** Milliseconds for one export; without any there is one attempt. */
  readonly timeout?: number;
  readonly interval?: number;
  readonly isActive?: () => boolean;
}

/** A reader that exports when it is flushed, and otherwise never unless there is an interval. */
export function pushReader({ meter = createNoopMeter(), ...options }: ReadingOptions): PushReader {
  const { forwarder, producer, log, timeout = 1, interval = 2 ** 31 - 1, isActive = () => true } = options;
  const selfObservation = new SelfObservation(meter);
  const reader = new PushReader({
    forwarder,
    producers: [producer],
    interval,
    timeout,
    observer: selfObservation.exporter(forwarder.component),
    tellCollection: selfObservation.reader('periodic_metric_reader'),
    isActive,
    log,
    backoff: { first: 5, longest: 10 },
  });
  new MeterProvider({ readers: [reader] });
  return reader;
}

/** Exports once; false when that failed. */
export async function exportNow(reader: PushReader): Promise<boolean> {
  try {
    await reader.forceFlush();
    return true;
  } catch {
    return false;
  }
}
