import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import type { ProcessMetrics } from '../processes/service-view.ts';
import { Ring, type RingOptions } from './ring.ts';

/** The first processes have their own history. */
const MAX_PROCESSES = 16;
/** Series with a history, 7 kB each: of the service, and of each process. */
const MAX_LINES = 2000;
const MAX_LINES_OF_PROCESS = 200;
/** Rows of a table with charts of their own, about 40 kB each: of the service, and of each process. */
const MAX_ROW_HISTORIES = 200;
const MAX_ROW_HISTORIES_OF_PROCESS = 20;

type GivenOptions = Omit<RingOptions, 'lines' | 'rowHistories' | 'processes'>;

/** The last minutes of the service, and of each process if there are several. */
export class Rings {
  readonly whole: Ring;
  private readonly options: GivenOptions;
  private readonly byProcess = new Map<number, Ring>();

  constructor(options: GivenOptions) {
    this.options = options;
    this.whole = new Ring({
      ...options,
      lines: MAX_LINES,
      rowHistories: MAX_ROW_HISTORIES,
      processes: () => [...this.byProcess.keys()],
    });
  }

  /**
   * Takes a sample piece by piece. In between, nothing may read the rings.
   *
   * @param began when the collection began, in milliseconds since the epoch
   */
  *tick(
    { resourceMetrics }: CollectionResult,
    processes: readonly ProcessMetrics[],
    began: number,
  ): Generator<undefined> {
    const live = new Set(processes.map(({ pid }) => pid));
    for (const pid of this.byProcess.keys()) if (!live.has(pid)) this.byProcess.delete(pid);
    for (const process of processes.length < 2 ? [] : processes) {
      const ring = this.ringOf(process.pid);
      if (ring !== undefined) yield* ring.tick(process.resourceMetrics, began);
    }
    yield* this.whole.tick(resourceMetrics, began);
  }

  /** The ring of the process; the ring of the service if the process has none. */
  of(pid: number | undefined): Ring {
    return (pid === undefined ? undefined : this.byProcess.get(pid)) ?? this.whole;
  }

  private ringOf(pid: number): Ring | undefined {
    let ring = this.byProcess.get(pid);
    if (ring === undefined && this.byProcess.size < MAX_PROCESSES) {
      ring = new Ring({
        ...this.options,
        // Only the process that serves the endpoint knows whether its application is ready.
        notReady: () => undefined,
        lines: MAX_LINES_OF_PROCESS,
        rowHistories: MAX_ROW_HISTORIES_OF_PROCESS,
        processes: () => [...this.byProcess.keys()],
        process: pid,
      });
      this.byProcess.set(pid, ring);
    }
    return ring;
  }
}
