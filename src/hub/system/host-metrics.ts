import { uptime } from 'node:os';
import type { Attributes } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics';
import { diag } from '../../base/diag.ts';
import { reasonOf } from '../../base/reason.ts';
import { ContainerSource } from './container.ts';
import { DisksSource } from './disks.ts';
import { FileSystemSource } from './file-system.ts';
import { KernelFiles } from './kernel-files.ts';
import { MemorySource } from './memory.ts';
import type { HostMetricName, Observe } from './metrics.ts';
import { NetworkSource } from './network.ts';
import { type ProcessOptions, ProcessSource } from './process.ts';
import { ProcessorsSource } from './processors.ts';
import { HostSeries } from './series.ts';

/** The period that the utilization gauges cover, independent of their readers. */
const WINDOW_MS = 10_000;

export interface HostOptions extends Partial<ProcessOptions> {
  /** The directories of the kernel's files: /proc and /sys, or those of a test. */
  readonly roots?: { readonly proc: string; readonly sys: string };
}

interface Source {
  /** Reports all values. It never waits, so that a collection takes a fraction of a millisecond. */
  observe(observe: Observe): void;
  /** Called at the end of each window, for readings between collections. */
  tick?(): void;
}

/**
 * Metrics of the process, its container and its machine, for the hub's readers. They come from a
 * `MetricProducer`, because observables of the SDK keep reporting old series: a network interface that is
 * gone would keep its last values for ever.
 *
 * Disposing of it ends its timer.
 */
export interface HostMetrics extends MetricProducer, Disposable {
  /** Collects only the metrics of the process, without those of its container and its machine. */
  collectProcess(): Promise<CollectionResult>;
}

export function startHostMetrics({
  roots = { proc: '/proc', sys: '/sys' },
  now = () => performance.now(),
  processStart = Date.now() - process.uptime() * 1000,
  hasPromClientNames = false,
}: HostOptions = {}): HostMetrics {
  const files = new KernelFiles();
  const makers: readonly (() => Source)[] = [
    () => new ProcessSource(files, roots.proc, { now, processStart, hasPromClientNames }),
    () => new ContainerSource({ files, roots, now }),
    () => new ProcessorsSource(files, roots.proc, now),
    () => new MemorySource(files, roots.proc),
    () => new DisksSource(files, roots.proc),
    () => new FileSystemSource(files, roots.proc, now),
    () => new NetworkSource(files, roots.proc),
    () => ({ observe: (observe) => observe('system.uptime', uptime()) }),
  ];
  return new Producer(makers, processStart);
}

class Producer implements HostMetrics {
  private readonly sources: readonly Source[];
  private readonly series: HostSeries;
  private readonly timer: NodeJS.Timeout;
  private hasFailed = false;

  constructor(makers: readonly (() => Source)[], processStart: number) {
    this.series = new HostSeries({ processStart, systemStart: Date.now() - systemUptime() * 1000 });
    this.sources = makers.flatMap((make) => this.attempt(make) ?? []);
    this.timer = setInterval(() => this.tick(), WINDOW_MS);
    this.timer.unref();
  }

  async collect(): Promise<CollectionResult> {
    return this.read(this.sources);
  }

  async collectProcess(): Promise<CollectionResult> {
    return this.read(this.sources.filter((source) => source instanceof ProcessSource));
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }

  private read(sources: readonly Source[]): CollectionResult {
    this.series.begin(Date.now());
    const observe = (name: HostMetricName, value: number, attributes: Attributes = {}) =>
      this.series.observe(name, value, attributes);
    for (const source of sources) this.attempt(() => source.observe(observe));
    const scopeMetrics = [{ scope: { name: 'pitot/host' }, metrics: this.series.end() }];
    // The reader replaces the resource.
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
  }

  private tick(): void {
    for (const source of this.sources) this.attempt(() => source.tick?.());
  }

  /** A source that fails loses its own metrics. The first failure causes a warning. */
  private attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!this.hasFailed) {
        diag.warn(
          `pitot: some metrics of the host could not be read and are left out: ${reasonOf(error)}. Said once.`,
        );
      }
      this.hasFailed = true;
      return undefined;
    }
  }
}

/** Seconds since the system started, or since the process started if a sandbox hides the start of the system. */
function systemUptime(): number {
  try {
    return uptime();
  } catch {
    return process.uptime();
  }
}
