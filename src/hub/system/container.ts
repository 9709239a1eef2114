import { join } from 'node:path';
import { ControlGroups, type Group } from './control-groups.ts';
import { type KernelFiles, numberAfter } from './kernel-files.ts';
import type { Observe } from './metrics.ts';
import { TICKS_PER_SECOND } from './processors.ts';
import { Window } from './window.ts';

/** Milliseconds between two readings of the limits, which seldom change, as do the groups. */
const LIMITS_INTERVAL_MS = 60_000;
/** Version 1 means "no limit" by a memory limit of this many bytes or more. */
const MIN_UNLIMITED_BYTES = 2 ** 62;

interface Limits {
  readonly memory: Group | undefined;
  readonly cpu: Group | undefined;
  /** CPUs that the process may run on; Infinity if unknown. */
  readonly allowedCpus: number;
  /** Bytes of memory of the machine; Infinity if unknown. */
  readonly totalMemory: number;
  readonly at: number;
}

interface ContainerOptions {
  readonly files: KernelFiles;
  readonly roots: { readonly proc: string; readonly sys: string };
  readonly now: () => number;
}

/**
 * The limits and the use of the process's control groups. Both belong to the same group: if an outer group
 * has the limit, the use includes everything else in that group. A process in no group has no container.
 */
export class ContainerSource {
  private window: Window;
  private readonly options: ContainerOptions;
  private readonly groups: ControlGroups;
  private limits: Limits;

  constructor(options: ContainerOptions) {
    this.options = options;
    this.groups = new ControlGroups(options.files, options.roots);
    this.limits = this.look();
    this.window = this.openWindow();
  }

  tick(): void {
    this.window.turn();
    if (this.options.now() - this.limits.at >= LIMITS_INTERVAL_MS) this.lookAgain();
  }

  observe(observe: Observe): void {
    this.observeMemory(observe);
    this.observeCpu(observe);
  }

  private observeMemory(observe: Observe): void {
    const { memory, totalMemory } = this.limits;
    if (memory === undefined) return;
    const isV2 = memory.version === 2;
    const usage = this.number(memory.directory, isV2 ? 'memory.current' : 'memory.usage_in_bytes');
    const stat = this.text(memory.directory, 'memory.stat');
    const inactive = numberAfter(isV2 ? 'inactive_file ' : 'total_inactive_file ', stat);
    // Time passes between the readings of the two files.
    const workingSet = Math.max(0, usage - inactive);
    const limit = Math.min(memory.limit ?? Infinity, totalMemory);
    observe('container.memory.usage', usage);
    observe('container.memory.working_set', workingSet);
    observe('container.memory.limit', limit);
    observe('container.memory.utilization', workingSet / limit);
  }

  private observeCpu(observe: Observe): void {
    const { cpu, allowedCpus } = this.limits;
    if (cpu === undefined) return;
    const stat = this.text(cpu.directory, 'cpu.stat');
    const { user, system } = this.cpuTime(cpu, stat);
    observe('container.cpu.time', user, { 'cpu.mode': 'user' });
    observe('container.cpu.time', system, { 'cpu.mode': 'system' });
    const limit = Math.min(cpu.limit ?? Infinity, allowedCpus);
    observe('container.cpu.limit', limit);
    observe('container.cpu.utilization', this.window.rate(0) / limit);
    observe('container.cpu.periods', numberAfter('nr_periods ', stat));
    observe('container.cpu.throttled_periods', numberAfter('nr_throttled ', stat));
    const throttled =
      cpu.version === 2
        ? numberAfter('throttled_usec ', stat) / 1e6
        : numberAfter('throttled_time ', stat) / 1e9;
    observe('container.cpu.throttled_time', throttled);
  }

  /** Seconds. In version 1 they exist only if the CPU's controller and its accounting are mounted together. */
  private cpuTime({ version, directory }: Group, stat: string): { user: number; system: number } {
    if (version === 2) {
      return { user: numberAfter('user_usec ', stat) / 1e6, system: numberAfter('system_usec ', stat) / 1e6 };
    }
    const ticks = this.text(directory, 'cpuacct.stat');
    return {
      user: numberAfter('user ', ticks) / TICKS_PER_SECOND,
      system: numberAfter('system ', ticks) / TICKS_PER_SECOND,
    };
  }

  private openWindow(): Window {
    return new Window(() => {
      const { cpu } = this.limits;
      if (cpu === undefined) return [];
      const { user, system } = this.cpuTime(cpu, this.text(cpu.directory, 'cpu.stat'));
      return [user + system];
    }, this.options.now);
  }

  private lookAgain(): void {
    const { cpu: before } = this.limits;
    this.limits = this.look();
    if (this.limits.cpu?.directory !== before?.directory) this.window = this.openWindow();
  }

  private look(): Limits {
    return {
      memory: this.groups.tightest('memory', (directory, version) =>
        memoryLimit(this.text(directory, version === 2 ? 'memory.max' : 'memory.limit_in_bytes')),
      ),
      cpu: this.groups.tightest('cpu', (directory, version) =>
        version === 2 ? this.cpuMax(directory) : this.cfsQuota(directory),
      ),
      allowedCpus: this.allowedCpus(),
      totalMemory: this.totalMemory(),
      at: this.options.now(),
    };
  }

  /** CPUs from `cpu.max`, which is "quota period" in microseconds. Without a limit the quota is "max". */
  private cpuMax(directory: string): number | undefined {
    const [quota, period] = this.text(directory, 'cpu.max').trim().split(' ');
    return quota === 'max' ? undefined : Number(quota || Number.NaN) / Number(period);
  }

  private cfsQuota(directory: string): number | undefined {
    const quota = this.text(directory, 'cpu.cfs_quota_us').trim();
    return quota === '-1'
      ? undefined
      : Number(quota || Number.NaN) / this.number(directory, 'cpu.cfs_period_us');
  }

  private allowedCpus(): number {
    const status = this.text(join(this.options.roots.proc, 'self'), 'status');
    const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1];
    if (list === undefined) return Infinity;
    return list.split(',').reduce((count, range) => {
      const [first, last = first] = range.split('-').map(Number);
      return count + Number(last) - Number(first) + 1;
    }, 0);
  }

  private totalMemory(): number {
    return numberAfter('MemTotal:', this.text(this.options.roots.proc, 'meminfo')) * 1024 || Infinity;
  }

  private number(directory: string, file: string): number {
    return numberAfter('', this.text(directory, file));
  }

  private text(directory: string, file: string): string {
    return this.options.files.read(join(directory, file)) ?? '';
  }
}

/** Without a limit version 2 has "max", and version 1 the greatest number of pages. */
function memoryLimit(text: string): number | undefined {
  const limit = numberAfter('', text);
  return text.startsWith('max') || limit >= MIN_UNLIMITED_BYTES ? undefined : limit;
}
