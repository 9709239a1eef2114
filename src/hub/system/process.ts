import { statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type KernelFiles, numberAfter } from './kernel-files.ts';
import type { Observe } from './metrics.ts';
import { Window } from './window.ts';

/** The type number of the /proc file system (`PROC_SUPER_MAGIC`). */
const PROCFS = 0x9fa0;

export interface ProcessOptions {
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** The start of the process, in milliseconds since the epoch. */
  readonly processStart: number;
  /** Whether the endpoint serves prom-client's default metrics (`PITOT_DEFAULT_METRICS`). */
  readonly hasPromClientNames: boolean;
}

/** The resources that this process uses, with all of its threads. Any thread may ask. */
export class ProcessSource {
  private readonly window: Window;
  private readonly files: KernelFiles;
  private readonly directory: string;
  private readonly isProcfs: boolean;

  private readonly options: ProcessOptions;

  constructor(files: KernelFiles, proc: string, options: ProcessOptions) {
    this.files = files;
    this.options = options;
    this.directory = join(proc, 'self');
    this.isProcfs = isProcfs(proc);
    this.window = new Window(() => cpuSeconds(process.resourceUsage()), options.now);
  }

  tick(): void {
    this.window.turn();
  }

  observe(observe: Observe): void {
    this.observeUsage(observe);
    this.observeFiles(observe);
    observe('process.uptime', process.uptime());
    observe('process.start_time', Math.round(this.options.processStart) / 1000);
    observe('process.memory.usage', process.memoryUsage.rss());
  }

  private observeUsage(observe: Observe): void {
    const usage = process.resourceUsage();
    const [user, system] = cpuSeconds(usage);
    observe('process.cpu.time', user, { 'cpu.mode': 'user' });
    observe('process.cpu.time', system, { 'cpu.mode': 'system' });
    const cpus = availableParallelism();
    observe('process.cpu.utilization', this.window.rate(0) / cpus, { 'cpu.mode': 'user' });
    observe('process.cpu.utilization', this.window.rate(1) / cpus, { 'cpu.mode': 'system' });
    // Windows does not count context switches, and counts both types of fault as one.
    if (process.platform === 'win32') return;
    const { voluntaryContextSwitches, involuntaryContextSwitches, minorPageFault, majorPageFault } = usage;
    const switches = (type: string) => ({ 'process.context_switch.type': type });
    observe('process.context_switches', voluntaryContextSwitches, switches('voluntary'));
    observe('process.context_switches', involuntaryContextSwitches, switches('involuntary'));
    const faults = (type: string) => ({ 'system.paging.fault.type': type });
    observe('process.paging.faults', minorPageFault, faults('minor'));
    observe('process.paging.faults', majorPageFault, faults('major'));
  }

  private observeFiles(observe: Observe): void {
    const status = this.files.read(join(this.directory, 'status')) ?? '';
    observe('process.thread.count', numberAfter('Threads:', status));
    observe('process.memory.virtual', numberAfter('VmSize:', status) * 1024);
    if (this.options.hasPromClientNames) {
      observe('process_heap_bytes', numberAfter('VmData:', status) * 1024);
    }
    const io = this.files.read(join(this.directory, 'io')) ?? '';
    observe('process.disk.io', numberAfter('read_bytes:', io), { 'disk.io.direction': 'read' });
    observe('process.disk.io', numberAfter('write_bytes:', io), { 'disk.io.direction': 'write' });
    const limits = this.files.read(join(this.directory, 'limits')) ?? '';
    observe('process.unix.file_descriptor.limit', numberAfter('Max open files ', limits));
    observe('process.unix.file_descriptor.count', this.openDescriptors());
  }

  /** Since Linux 6.2 the directory's size is the number of its entries, so pitot need not list them. */
  private openDescriptors(): number {
    const directory = join(this.directory, 'fd');
    const size = this.isProcfs ? this.files.size(directory) : undefined;
    if (size !== undefined && size > 0) return size;
    const listed = this.files.count(directory);
    // The listing itself has an open descriptor.
    return listed === undefined ? Number.NaN : listed - (this.isProcfs ? 1 : 0);
  }
}

/** User and system time, in seconds. */
function cpuSeconds({ userCPUTime, systemCPUTime }: NodeJS.ResourceUsage): [number, number] {
  return [userCPUTime / 1e6, systemCPUTime / 1e6];
}

function isProcfs(proc: string): boolean {
  try {
    return statfsSync(proc).type === PROCFS;
  } catch {
    return false;
  }
}
