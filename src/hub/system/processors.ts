import { cpus, loadavg, platform } from 'node:os';
import { join } from 'node:path';
import type { KernelFiles } from './kernel-files.ts';
import type { Observe } from './metrics.ts';
import { Window } from './window.ts';

/** Ticks per second of the times in /proc: constant for programs, independent of the kernel's own (`USER_HZ`). */
export const TICKS_PER_SECOND = 100;

/**
 * Seconds by which the kernel's times can fall back, idle and iowait above all (proc_stat(5)). pitot hides a
 * smaller fall: readers would take it for a restart of the counter, and its whole value for growth.
 */
const MAX_FALL_SECONDS = 5;

interface CpuTimes {
  /** Logical CPUs. */
  readonly count: number;
  /** Seconds since the machine started, added up over its CPUs. */
  readonly byMode: Readonly<Record<string, number>>;
}

/** The machine's CPUs: their time by mode, and their load. */
export class ProcessorsSource {
  private readonly window: Window;
  private readonly files: KernelFiles;
  private readonly stat: string;
  private readonly reported = new Map<string, number>();

  constructor(files: KernelFiles, proc: string, now: () => number) {
    this.files = files;
    this.stat = join(proc, 'stat');
    this.window = new Window(() => Object.values(this.times().byMode), now);
  }

  tick(): void {
    this.window.turn();
  }

  observe(observe: Observe): void {
    const { count, byMode } = this.times();
    observe('system.cpu.logical.count', count);
    const modes = Object.keys(byMode);
    const total = modes.reduce((sum, _, i) => sum + this.window.rate(i), 0);
    modes.forEach((mode, i) => {
      observe('system.cpu.time', this.steady(mode, byMode[mode]!), { 'cpu.mode': mode });
      observe('system.cpu.utilization', this.window.rate(i) / total, { 'cpu.mode': mode });
    });
    observeLoad(observe);
  }

  private steady(mode: string, seconds: number): number {
    const before = this.reported.get(mode) ?? 0;
    const steady = seconds < before && before - seconds < MAX_FALL_SECONDS ? before : seconds;
    this.reported.set(mode, steady);
    return steady;
  }

  private times(): CpuTimes {
    const stat = this.files.read(this.stat);
    return stat === undefined ? timesOfNode() : timesOfKernel(stat);
  }
}

/** Reads /proc/stat. The kernel includes the time of guests in the user time. */
function timesOfKernel(stat: string): CpuTimes {
  const ticks = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ').map(Number) ?? [];
  const seconds = (...columns: number[]) =>
    columns.reduce((sum, column) => sum + (ticks[column] ?? Number.NaN), 0) / TICKS_PER_SECOND;
  return {
    count: stat.match(/^cpu\d+ /gm)?.length ?? Number.NaN,
    byMode: {
      user: seconds(0),
      nice: seconds(1),
      system: seconds(2),
      idle: seconds(3),
      iowait: seconds(4),
      // Interrupts of hardware and of software.
      interrupt: seconds(5, 6),
      steal: seconds(7),
    },
  };
}

function timesOfNode(): CpuTimes {
  const all = cpus();
  const seconds = (mode: keyof (typeof all)[number]['times']) =>
    all.reduce((sum, { times }) => sum + times[mode], 0) / 1000;
  return {
    count: all.length,
    byMode: {
      user: seconds('user'),
      nice: seconds('nice'),
      system: seconds('sys'),
      idle: seconds('idle'),
      interrupt: seconds('irq'),
    },
  };
}

/** The load has another meaning on each system, so the conventions put the system's name into the metric's. */
function observeLoad(observe: Observe): void {
  const os = platform();
  if (os !== 'linux' && os !== 'darwin') return;
  const [last1 = Number.NaN, last5 = Number.NaN, last15 = Number.NaN] = loadavg();
  observe(`system.${os}.cpu.load_1m`, last1);
  observe(`system.${os}.cpu.load_5m`, last5);
  observe(`system.${os}.cpu.load_15m`, last15);
}
