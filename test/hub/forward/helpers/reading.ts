import { createNoopMeter } from '@opentelemetry/api';
import { defaultResource } from '@opentelemetry/resources';
import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import type { HubMeter } from '../../../../src/hub/collect/internal-meter.ts';
import type { Forwarder } from '../../../../src/hub/forward/forwarder.ts';
import { PushReader, type RequestLog } from '../../../../src/hub/forward/push-reader.ts';
import { SelfObservation } from '../../../../src/hub/forward/self-observation.ts';

export interface ReadingOptions {
  readonly forwarder: Forwarder;
  readonly producer: MetricProducer;
  readonly log?: RequestLog | undefined;
  readonly meter?: HubMeter;
  /** Milliseconds for one export; without any there is one attempt. */
  readonly timeout?: number;
  readonly interval?: number;
  readonly isActive?: () => boolean;
}

/** A reader that exports when it is flushed, and otherwise never unless there is an interval. */
export function pushReader({ meter = createNoopMeter(), ...options }: ReadingOptions): PushReader {
  const { forwarder, producer, log, timeout = 1, interval = 2 ** 31 - 1, isActive = () => true } = options;
  const selfObservation = new SelfObservation(meter);
  return new PushReader({
    forwarder,
    producer,
    resource: defaultResource(),
    interval,
    timeout,
    observer: selfObservation.exporter(forwarder.component),
    tellCollection: selfObservation.reader('periodic_metric_reader'),
    isActive,
    isContinued: async () => false,
    log,
    backoff: { first: 5, longest: 10 },
  });
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
