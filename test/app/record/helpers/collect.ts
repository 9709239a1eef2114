import { emptyResource } from '@opentelemetry/resources';
import type { MetricProducer, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { Recorder } from '../../../../src/app/record/recorder.ts';
import { SeriesRegistry } from '../../../../src/hub/collect/series-registry.ts';
import { served } from '../../../../src/hub/collect/served-histogram.ts';
import { snapshot } from '../../../../src/hub/collect/snapshot.ts';

/** Reads a recorder as the hub does, on the same thread: what it announces, and its cells. As readers outside get it. */
export function readerOf(recorder: Recorder): () => Promise<ScopeMetrics[]> {
  const registry = new SeriesRegistry();
  recorder.attach((message) => registry.apply(structuredClone(message)));
  return async () => {
    await recorder.observe(1000);
    return served({ resource: emptyResource(), scopeMetrics: snapshot(registry) }).scopeMetrics;
  };
}

/** The same as a producer for an SDK reader. */
export function producerOf(recorder: Recorder): MetricProducer {
  const read = readerOf(recorder);
  return {
    async collect() {
      return { resourceMetrics: { resource: emptyResource(), scopeMetrics: await read() }, errors: [] };
    },
  };
}
