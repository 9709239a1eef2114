import type { MessagePort } from 'node:worker_threads';
import type { Attributes } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import type {
  CollectionResult,
  DataPoint,
  MetricData,
  MetricProducer,
  ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import type { ThreadCheckpoint } from '../../channel/worker-handshake.ts';
import type { GaugeRules } from '../../model/gauge-rules.ts';
import { withoutInterval } from '../../model/histogram-summary.ts';
import { MAX_ENDED_SERIES, Merger } from '../../model/merge.ts';
import { lasting, outlivesItsThread } from '../../model/metric-key.ts';
import type { RecorderMessage } from '../../model/protocol.ts';
import { readThreadCheckpoint, writeThreadCheckpoint } from './checkpoint.ts';
import { type LifecycleHooks, RecorderSource } from './recorder-source.ts';
import { SeriesRegistry } from './series-registry.ts';
import { type SnapshotOptions, snapshot } from './snapshot.ts';
import { stillLive } from './still-live.ts';

export interface CellsOptions {
  /** The longest wait for the observables of a thread, in milliseconds. */
  readonly observeTimeout: number;
  readonly gaugeRules: GaugeRules;
  /** From an earlier hub: the counts of threads that have ended. */
  readonly ended: readonly ScopeMetrics[];
  /** Called with the counts of threads that have ended, whenever these change. */
  readonly checkpoint: (ended: readonly ScopeMetrics[]) => void;
  /** From an earlier hub: its worker threads, by their ids. */
  readonly threadCheckpoints: ReadonlyMap<number, ThreadCheckpoint>;
  /** Called when a thread has announced a series. */
  readonly announced?: () => void;
  /** Called with what the next hub needs of a worker thread; `undefined` once the thread's counts are in `ended`. */
  readonly checkpointThread: (threadId: number, checkpoint: ThreadCheckpoint | undefined) => void;
}

/** A new hub waits this long for worker threads to connect before it answers without their gauges. */
const RECONNECT_TIMEOUT_MS = 1000;
const RECONNECT_POLL_MS = 10;

interface Thread {
  readonly source: RecorderSource;
  /** Tells the gauges of a worker thread from those of the main thread. */
  readonly own: Attributes | undefined;
}

/**
 * The cells of the process' recorders, one for each thread, as one SDK producer. All readers, pull
 * and push, collect from it and so see the same data.
 *
 * A thread is in one of three places, and counts stay in the totals in each of them:
 *
 *   threads   it runs, and is connected
 *   missing   an earlier hub knew it, and it has not connected to this hub: it is blocked, or has ended. Its cells
 *             are shared memory, so this hub reads on where the earlier one read
 *   ended     one merged snapshot for all threads that have ended, so that memory stays bounded
 */
export class CellsProducer implements MetricProducer {
  private readonly options: CellsOptions;
  private readonly threads = new Set<Thread>();
  private readonly missing = new Map<number, SeriesRegistry>();
  private ended: readonly ScopeMetrics[];
  private readonly merger: Merger;
  private readonly endedMerger = new Merger({}, MAX_ENDED_SERIES);
  /** Series that single threads have forgotten since the last snapshot, because they were idle. */
  private expired: ScopeMetrics[] = [];
  private isExpiryHeld = () => false;
  private endsIntervals = false;
  private inFlight: Promise<CollectionResult> | undefined;
  private readonly startedAt = performance.now();
  private isFinal = false;

  constructor(main: MessagePort, options: CellsOptions) {
    this.options = options;
    this.ended = options.ended;
    this.merger = new Merger(options.gaugeRules);
    for (const [id, checkpoint] of options.threadCheckpoints) {
      this.missing.set(id, readThreadCheckpoint(checkpoint));
    }
    this.threads.add({ source: this.sourceOf(main), own: undefined });
  }

  /** Idle series stay for as long as `isHeld` returns true. */
  holdExpiry(isHeld: () => boolean): void {
    this.isExpiryHeld = isHeld;
  }

  /** A worker thread of the application has connected. */
  addThread(port: MessagePort, threadId: number): void {
    const { checkpointThread } = this.options;
    const source = this.sourceOf(port, {
      checkpoint: (registry) => checkpointThread(threadId, writeThreadCheckpoint(registry)),
      ended: () => {
        this.threads.delete(thread);
        this.addEnded(threadId, source.read(performance.now()));
      },
    });
    const thread: Thread = { own: Object.freeze({ 'thread.id': threadId }), source };
    this.threads.add(thread);
    this.missing.delete(threadId);
  }

  /** A worker thread has ended without having connected, and left all that it had to announce. */
  addReport(threadId: number, messages: readonly RecorderMessage[]): void {
    const registry = new SeriesRegistry();
    for (const message of messages) registry.apply(message);
    this.missing.delete(threadId);
    this.addEnded(threadId, snapshot(registry));
  }

  /** One for each running thread. */
  get registries(): SeriesRegistry[] {
    return [...this.threads].map(({ source }) => source.registry);
  }

  /** Series of the threads that run. */
  get seriesCount(): number {
    let count = 0;
    for (const { instruments } of this.registries) {
      for (const { series } of instruments.values()) count += series.size;
    }
    return count;
  }

  /** Has the observables run, and takes a snapshot. Concurrent calls share one. */
  collect(): Promise<CollectionResult> {
    this.inFlight ??= this.gather().finally(() => {
      this.inFlight = undefined;
    });
    return this.inFlight;
  }

  /** Has the observables of all threads run. Resolves to their errors. */
  async observe(): Promise<Error[]> {
    const errors = await Promise.all([...this.threads].map(({ source }) => source.observe()));
    return errors.flat().map((text) => new Error(text));
  }

  /** The next collection ends the intervals of histograms' minimum and maximum. */
  endIntervals(): void {
    this.endsIntervals = true;
  }

  /** A snapshot, with the observables as they were when they last ran. */
  peek(options: SnapshotOptions = {}): ScopeMetrics[] {
    const running = Array.from(this.threads, ({ source, own }) => ({
      scopeMetrics: source.read(performance.now(), options),
      own,
    }));
    const missing = Array.from(this.missing.values(), (registry) => ({
      scopeMetrics: lasting(snapshot(registry, options), outlivesItsThread),
    }));
    const expired = this.expired;
    this.expired = [];
    const threads = [...running, ...missing];
    const [only] = threads;
    // Nearly every process has one thread, so that there is nothing to merge.
    if (only !== undefined && threads.length === 1 && this.ended.length === 0) return only.scopeMetrics;
    if (expired.length > 0) {
      const others = [...threads.map(({ scopeMetrics }) => scopeMetrics), this.ended];
      this.mergeIntoEnded(stillLive(expired, others));
    }
    // Taken last, so that no exemplar is later than its point.
    const now = millisToHrTime(Date.now());
    const merged = this.merger.merge([...threads, { scopeMetrics: this.ended }], now);
    if (options.endsIntervals === true) this.ended = withoutIntervals(this.ended);
    return merged;
  }

  /** The process ends: from now on no thread is asked, because each of them waits for the last collection. */
  finish(): void {
    this.isFinal = true;
    for (const { source } of this.threads) source.finish();
  }

  private sourceOf(port: MessagePort, hooks?: LifecycleHooks): RecorderSource {
    const options = {
      observeTimeout: this.options.observeTimeout,
      mayExpire: () => !this.isExpiryHeld(),
      announced: this.options.announced,
      expired: (series: readonly ScopeMetrics[]) => void this.expired.push(...lasting(series)),
    };
    return new RecorderSource(port, options, hooks);
  }

  private addEnded(threadId: number, scopeMetrics: readonly ScopeMetrics[]): void {
    this.mergeIntoEnded(lasting(scopeMetrics, outlivesItsThread));
    this.options.checkpointThread(threadId, undefined);
  }

  private mergeIntoEnded(scopeMetrics: readonly ScopeMetrics[]): void {
    const sources = [{ scopeMetrics: this.ended }, { scopeMetrics }];
    this.ended = this.endedMerger.merge(sources, millisToHrTime(Date.now()));
    this.options.checkpoint(this.ended);
  }

  private async gather(): Promise<CollectionResult> {
    await this.reconnected();
    const errors = await this.observe();
    const { endsIntervals } = this;
    this.endsIntervals = false;
    // The reader puts the resource of its MeterProvider in the place of this one.
    return {
      resourceMetrics: { resource: emptyResource(), scopeMetrics: this.peek({ endsIntervals }) },
      errors,
    };
  }

  /** Threads that are not blocked connect to a new hub within a fraction of a second. */
  private async reconnected(): Promise<void> {
    const deadline = this.startedAt + RECONNECT_TIMEOUT_MS;
    while (this.missing.size > 0 && !this.isFinal && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_POLL_MS));
    }
  }
}

/** All histograms begin an interval. */
function withoutIntervals(scopeMetrics: readonly ScopeMetrics[]): ScopeMetrics[] {
  return scopeMetrics.map(({ scope, metrics }) => ({
    scope,
    metrics: metrics.map((metric) => {
      const points: readonly DataPoint<unknown>[] = metric.dataPoints;
      const dataPoints = points.map((point) => ({ ...point, value: withoutInterval(point.value) }));
      // Without its interval a value is still of its metric's kind.
      return { ...metric, dataPoints } as MetricData;
    }),
  }));
}
