import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { yielding } from '../../base/yielding.ts';
import type { ProcessMetrics } from '../processes/service-view.ts';
import { Rings } from './rings.ts';

type RingOptions = ConstructorParameters<typeof Rings>[0];

export interface SamplerOptions extends RingOptions {
  readonly collect: () => Promise<CollectionResult>;
  /** The last report of each process, as of the last collection; empty for a single process. */
  readonly eachProcess: () => readonly ProcessMetrics[];
  /** Milliseconds for which sampling continues after the last viewer has left. */
  readonly linger: number;
  readonly failed: (error: unknown) => void;
}

/** The part that a viewer looks at. In a large service the metrics of a sample come a moment after its sections. */
export type Part = 'sections' | 'metrics';

/** Called after each tick. */
export type Viewer = (rings: Rings) => void;

/** Milliseconds from the first tick to the second: rates need two. */
const SECOND_TICK_MS = 500;

/**
 * Fills the rings while there are viewers and for a while after, so that a returning viewer finds the history. Then it
 * drops them: without viewers the page costs neither time nor memory.
 */
export class Sampler {
  private readonly options: SamplerOptions;
  private readonly viewers = new Map<Viewer, Part>();
  private rings: Rings | undefined;
  private timer: NodeJS.Timeout | undefined;
  private leftAt = 0;
  private isTicking = false;
  /** The parts that have a sample in part, at which no one may look. */
  private unfinished: readonly Part[] = [];

  constructor(options: SamplerOptions) {
    this.options = options;
  }

  /**
   * Calls the viewer at once if there are whole samples, and then after each tick.
   *
   * @returns a function that removes the viewer
   */
  watch(part: Part, viewer: Viewer): () => void {
    this.viewers.set(viewer, part);
    if (this.rings === undefined) {
      this.rings = new Rings(this.options);
      void this.tick();
    } else if (!this.rings.whole.isEmpty && !this.unfinished.includes(part)) {
      viewer(this.rings);
    }
    return () => {
      if (this.viewers.delete(viewer) && this.viewers.size === 0) this.leftAt = performance.now();
    };
  }

  /** The part that a list of metrics waits for: only the first list needs a whole sample. */
  get partOfLists(): Part {
    return this.rings?.whole.hasMetrics === true ? 'sections' : 'metrics';
  }

  /** The samples as soon as they are whole; undefined if the signal aborts first. */
  async look(part: Part, signal: AbortSignal): Promise<Rings | undefined> {
    const { promise, resolve } = Promise.withResolvers<Rings | undefined>();
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
    const leave = this.watch(part, resolve);
    const rings = signal.aborted ? undefined : await promise;
    leave();
    return rings;
  }

  close(): void {
    this.viewers.clear();
    this.stop();
  }

  private async tick(): Promise<void> {
    const { rings } = this;
    if (rings === undefined || this.isTicking) return;
    this.isTicking = true;
    const isFirst = rings.whole.isEmpty;
    const time = Date.now();
    const began = performance.now();
    try {
      const result = await this.options.collect();
      await result.resourceMetrics.resource.waitForAsyncAttributes?.();
      await yielding(rings.read(result, this.options.eachProcess(), time, Date.now()));
      this.unfinished = ['sections', 'metrics'];
      await yielding(rings.showSections());
      this.unfinished = ['metrics'];
      this.show(rings, 'sections');
      await yielding(rings.showMetrics());
      this.unfinished = [];
      this.show(rings, 'metrics');
    } catch (error) {
      this.options.failed(error);
    } finally {
      this.unfinished = [];
      this.isTicking = false;
    }
    if (this.rings === rings)
      this.schedule(isFirst ? SECOND_TICK_MS : this.options.interval - (performance.now() - began));
  }

  private show(rings: Rings, part: Part): void {
    for (const [viewer, own] of [...this.viewers]) if (own === part) viewer(rings);
  }

  private schedule(pause: number): void {
    const isOver = this.viewers.size === 0 && performance.now() - this.leftAt >= this.options.linger;
    if (isOver) this.stop();
    else this.timer = setTimeout(() => void this.tick(), Math.max(0, pause)).unref();
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.rings = undefined;
  }
}
