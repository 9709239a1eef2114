import type { MessagePort } from 'node:worker_threads';
import type { Attributes } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import type { CollectionResult, MetricProducer, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { ThreadCheckpoint } from '../../channel/worker-handshake.ts';
import type { GaugeRules } from '../../model/gauge-rules.ts';
import { Merger, MOST_OF_ENDED } from '../../model/merge.ts';
import { lasting } from '../../model/metric-key.ts';
import type { RecorderMessage } from '../../model/protocol.ts';
import { readThreadCheckpoint, writeThreadCheckpoint } from './checkpoint.ts';
import { RecorderSource, type SourceOptions } from './recorder-source.ts';
import { SeriesRegistry } from './series-registry.ts';
import { snapshot } from './snapshot.ts';
import { stillLive } from './still-live.ts';

export interface CellsOptions extends Omit<SourceOptions, 'expired'> {
  readonly gaugeRules: GaugeRules;
  /** What threads that have ended had counted, from an earlier hub. */
  readonly ended: readonly ScopeMetrics[];
  /** Called with what threads that have ended had counted, whenever one has. */
  readonly checkpoint: (ended: readonly ScopeMetrics[]) => void;
  /** The threads that an earlier hub knew, by their ids. */
  readonly threadCheckpoints: ReadonlyMap<number, ThreadCheckpoint>;
  /** Called with what the next hub is to know of a thread; `undefined` when that has ended and was kept. */
  readonly checkpointThread: (threadId: number, checkpoint: ThreadCheckpoint | undefined) => void;
}

/** Milliseconds that a new hub waits for threads to find it before it answers without their gauges. */
const LONGEST_SEARCH = 1000;
/** Milliseconds between two looks whether they have. */
const LOOK = 10;

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
  private readonly options: CellsOptions & Pick<SourceOptions, 'expired'>;
  /** What has expired in single threads since the last snapshot. */
  private expired: ScopeMetrics[] = [];
  private readonly threads = new Set<Thread>();
  private readonly merger: Merger;
  private readonly endedMerger: Merger;
  private ended: readonly ScopeMetrics[];
  private inFlight: Promise<CollectionResult> | undefined;
  /**
   * Threads that an earlier hub knew and that have not found this one: they are blocked, or have ended. What they
   * count is read where the earlier hub read it.
   */
  private readonly missing = new Map<number, SeriesRegistry>();
  private readonly startedAt = performance.now();
  private isFinal = false;

  constructor(main: MessagePort, options: CellsOptions) {
    this.options = { ...options, expired: (series) => void this.expired.push(...lasting(series)) };
    this.ended = options.ended;
    this.merger = new Merger(options.gaugeRules);
    this.endedMerger = new Merger({}, MOST_OF_ENDED);
    for (const [id, checkpoint] of options.threadCheckpoints) {
      this.missing.set(id, readThreadCheckpoint(checkpoint));
    }
    this.threads.add({ source: new RecorderSource(main, this.options), own: undefined });
  }

  /** A worker thread of the application. */
  addThread(port: MessagePort, threadId: number): void {
    const thread: Thread = {
      own: Object.freeze({ 'thread.id': threadId }),
      source: new RecorderSource(port, this.options, {
        checkpoint: (registry) => this.options.checkpointThread(threadId, writeThreadCheckpoint(registry)),
        ended: () => {
          this.threads.delete(thread);
          this.end(threadId, thread.source.read(Date.now()));
        },
      }),
    };
    this.threads.add(thread);
    this.missing.delete(threadId);
  }

  /** A worker thread that has ended before the hub knew of it. */
  addEnded(threadId: number, messages: readonly RecorderMessage[]): void {
    const registry = new SeriesRegistry();
    for (const message of messages) registry.apply(message);
    this.missing.delete(threadId);
    this.end(threadId, snapshot(registry, Date.now()));
  }

  /** What the recorders of the threads that run have announced. */
  get registries(): SeriesRegistry[] {
    return [...this.threads].map(({ source }) => source.registry);
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
    const expired = this.expired;
    this.expired = [];
    if (first === undefined) return [];
    // Nearly every process has one thread: there is nothing to merge.
    if (others.length === 0 && this.ended.length === 0 && this.missing.size === 0) return first.scopeMetrics;
    const missing = Array.from(this.missing.values(), (registry) => ({
      scopeMetrics: lasting(snapshot(registry, now)),
    }));
    const threads = [first, ...others, ...missing];
    if (expired.length > 0) {
      const all = threads.map(({ scopeMetrics }) => scopeMetrics);
      this.addToEnded(stillLive(expired, [...all, this.ended]));
    }
    return this.merger.merge([...threads, { scopeMetrics: this.ended }], millisToHrTime(now));
  }

  /** From now on no thread is asked any more: the process ends, and waits for the last collection. */
  finish(): void {
    this.isFinal = true;
    for (const { source } of this.threads) source.finish();
  }

  private end(threadId: number, scopeMetrics: readonly ScopeMetrics[]): void {
    this.addToEnded(lasting(scopeMetrics));
    this.options.checkpointThread(threadId, undefined);
  }

  private addToEnded(scopeMetrics: readonly ScopeMetrics[]): void {
    const sources = [{ scopeMetrics: this.ended }, { scopeMetrics }];
    this.ended = this.endedMerger.merge(sources, millisToHrTime(Date.now()));
    this.options.checkpoint(this.ended);
  }

  /** Has the observables of all threads run; resolves to what failed. */
  async observe(): Promise<Error[]> {
    const errors = await Promise.all([...this.threads].map(({ source }) => source.observe()));
    return errors.flat().map((text) => new Error(text));
  }

  private async gather(): Promise<CollectionResult> {
    await this.search();
    const errors = await this.observe();
    // The reader replaces the resource by its MeterProvider's.
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics: this.peek() }, errors };
  }

  /** Threads that are not blocked find a new hub within a fraction of a second: it answers when they have. */
  private async search(): Promise<void> {
    const deadline = this.startedAt + LONGEST_SEARCH;
    while (this.missing.size > 0 && !this.isFinal && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }
}
