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
  private byProcess: ReadonlyMap<number, Ring> = new Map();
  /** The rings of the processes in the present sample. */
  private sampled = new Map<number, Ring>();

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
   * Reads a sample piece by piece. Nothing shows it before {@link showSections}.
   *
   * @param began when the collection began, in milliseconds since the epoch
   * @param ended when it had ended
   */
  *read(
    { resourceMetrics }: CollectionResult,
    processes: readonly ProcessMetrics[],
    began: number,
    ended: number,
  ): Generator<undefined> {
    this.sampled = new Map();
    const isKnown = ({ pid }: ProcessMetrics) => Number(this.byProcess.has(pid));
    const several = processes.length < 2 ? [] : processes.toSorted((a, b) => isKnown(b) - isKnown(a));
    for (const { pid, resourceMetrics: own } of several.slice(0, MAX_PROCESSES)) {
      const ring = this.byProcess.get(pid) ?? this.createRing(pid);
      this.sampled.set(pid, ring);
      yield* ring.read(own, began, ended);
    }
    yield* this.whole.read(resourceMetrics, began, ended);
  }

  /** Takes the sample into the sections piece by piece. In between, no one may look. */
  *showSections(): Generator<undefined> {
    this.byProcess = this.sampled;
    for (const ring of [...this.byProcess.values(), this.whole]) yield* ring.showSections();
  }

  /** Takes the sample into the metrics piece by piece. In between, no one may look at metrics. */
  *showMetrics(): Generator<undefined> {
    for (const ring of [...this.byProcess.values(), this.whole]) yield* ring.showMetrics();
  }

  /** The ring of the process; the ring of the service if the process has none. */
  of(pid: number | undefined): Ring {
    return (pid === undefined ? undefined : this.byProcess.get(pid)) ?? this.whole;
  }

  private createRing(pid: number): Ring {
    return new Ring({
      ...this.options,
      // Only the process that serves the endpoint knows whether its application is ready.
      notReady: () => undefined,
      lines: MAX_LINES_OF_PROCESS,
      rowHistories: MAX_ROW_HISTORIES_OF_PROCESS,
      processes: () => [...this.byProcess.keys()],
      process: pid,
    });
  }
}
