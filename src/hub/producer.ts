import type { MessagePort } from 'node:worker_threads';
import type { Attributes } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import type { CollectionResult, MetricProducer, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { GaugeRules } from '../processes/gauge-rules.ts';
import { Merger } from '../processes/merge.ts';
import { lasting } from '../processes/metric-key.ts';
import type { RecorderMessage } from '../record/protocol.ts';
import { Mirror } from './mirror.ts';
import { RecorderSource, type SourceOptions } from './recorder-source.ts';
import { snapshot } from './snapshot.ts';

export interface CellsOptions extends SourceOptions {
  readonly gaugeRules: GaugeRules;
  /** What threads that have ended had counted, from an earlier hub. */
  readonly ended: readonly ScopeMetrics[];
  /** Called with what threads that have ended had counted, whenever one has. */
  readonly keep: (ended: readonly ScopeMetrics[]) => void;
}

/** One thread; its gauges are told from those of the main thread by these attributes. */
interface Thread {
  readonly source: RecorderSource;
  readonly own: Attributes | undefined;
}

/**
 * The cells of the process' recorders, one a thread, as the SDK wants them: every reader, pull or push, is
 * given this as one of its `metricProducers` and so sees the same data.
 *
 * What a thread counted stays in the totals when it has ended, in whatever way: its cells are shared
 * memory. All ended threads together take the room of one.
 */
export class CellsProducer implements MetricProducer {
  private readonly options: CellsOptions;
  private readonly threads = new Set<Thread>();
  private readonly merger: Merger;
  private readonly endedMerger: Merger;
  private ended: readonly ScopeMetrics[];
  private inFlight: Promise<CollectionResult> | undefined;

  constructor(main: MessagePort, options: CellsOptions) {
    this.options = options;
    this.ended = options.ended;
    this.merger = new Merger(options.gaugeRules);
    this.endedMerger = new Merger({});
    this.add(main, undefined);
  }

  /** A worker thread of the application. */
  addThread(port: MessagePort, threadId: number): void {
    this.add(port, Object.freeze({ 'thread.id': threadId }));
  }

  /** A worker thread that has ended before the hub knew of it. */
  addEnded(messages: readonly RecorderMessage[]): void {
    const mirror = new Mirror();
    for (const message of messages) mirror.apply(message);
    this.keep(snapshot(mirror, Date.now()));
  }

  /** What the recorders of the threads that run have announced. */
  get mirrors(): Mirror[] {
    return [...this.threads].map(({ source }) => source.mirror);
  }

  /** Concurrent collections are one: they share the snapshot. */
  collect(): Promise<CollectionResult> {
    this.inFlight ??= this.gather().finally(() => {
      this.inFlight = undefined;
    });
    return this.inFlight;
  }

  /** As {@link collect}, without asking the observables: those are as they were when they were asked last. */
  peek(): ScopeMetrics[] {
    const now = Date.now();
    const [first, ...others] = [...this.threads].map(({ source, own }) => ({
      scopeMetrics: source.read(now),
      own,
    }));
    if (first === undefined) return [];
    // Nearly every process has one thread: there is nothing to merge.
    if (others.length === 0 && this.ended.length === 0) return first.scopeMetrics;
    return this.merger.merge([first, ...others, { scopeMetrics: this.ended }], millisToHrTime(now));
  }

  /** From now on no thread is asked any more: the process ends, and waits for the last collection. */
  finish(): void {
    for (const { source } of this.threads) source.finish();
  }

  private add(port: MessagePort, own: Attributes | undefined): void {
    const thread: Thread = {
      own,
      source: new RecorderSource(port, this.options, () => {
        // The main thread ends with the process.
        if (own === undefined || !this.threads.delete(thread)) return;
        this.keep(thread.source.read(Date.now()));
      }),
    };
    this.threads.add(thread);
  }

  private keep(scopeMetrics: readonly ScopeMetrics[]): void {
    const sources = [{ scopeMetrics: this.ended }, { scopeMetrics: lasting(scopeMetrics) }];
    this.ended = this.endedMerger.merge(sources, millisToHrTime(Date.now()));
    this.options.keep(this.ended);
  }

  /** Has the observables of all threads run; resolves to what failed. */
  async observe(): Promise<Error[]> {
    const errors = await Promise.all([...this.threads].map(({ source }) => source.observe()));
    return errors.flat().map((text) => new Error(text));
  }

  private async gather(): Promise<CollectionResult> {
    const errors = await this.observe();
    // The reader replaces the resource by its MeterProvider's.
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics: this.peek() }, errors };
  }
}
