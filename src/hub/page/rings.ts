import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import type { ProcessMetrics } from '../processes/service-view.ts';
import { Ring, type RingOptions } from './ring.ts';

/** Processes that have a history of their own, the first that are seen. */
const MOST_PROCESSES = 16;
/** Lines of single series, 7 kB each: of the service, and of each process. */
const MOST_LINES = 2000;
const MOST_LINES_OF_A_PROCESS = 200;

/** The last minutes of the service as a whole and, where it has several, of each of its processes. */
export class Rings {
  readonly whole: Ring;
  private readonly options: Omit<RingOptions, 'lines' | 'processes'>;
  private readonly byProcess = new Map<number, Ring>();

  constructor(options: Omit<RingOptions, 'lines' | 'processes'>) {
    this.options = options;
    this.whole = new Ring({ ...options, lines: MOST_LINES, processes: () => [...this.byProcess.keys()] });
  }

  /** @param began when the collection began, in milliseconds since the epoch */
  tick({ resourceMetrics }: CollectionResult, processes: readonly ProcessMetrics[], began: number): void {
    const live = new Set(processes.map(({ pid }) => pid));
    for (const pid of this.byProcess.keys()) if (!live.has(pid)) this.byProcess.delete(pid);
    for (const process of processes.length < 2 ? [] : processes) {
      this.ringOf(process.pid)?.tick(process.resourceMetrics, began);
    }
    this.whole.tick(resourceMetrics, began);
  }

  /** That of the process, or of the service where there is none of this process. */
  of(pid: number | undefined): Ring {
    return (pid === undefined ? undefined : this.byProcess.get(pid)) ?? this.whole;
  }

  private ringOf(pid: number): Ring | undefined {
    let ring = this.byProcess.get(pid);
    if (ring === undefined && this.byProcess.size < MOST_PROCESSES) {
      ring = new Ring({
        ...this.options,
        // Whether the application is ready is known of the process that serves the endpoint.
        notReady: () => undefined,
        lines: MOST_LINES_OF_A_PROCESS,
        processes: () => [...this.byProcess.keys()],
        process: pid,
      });
      this.byProcess.set(pid, ring);
    }
    return ring;
  }
}
