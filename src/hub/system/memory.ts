import { freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { type KernelFiles, numberAfter } from './kernel-files.ts';
import type { Observe } from './metrics.ts';

/** The machine's memory. */
export class MemorySource {
  private readonly files: KernelFiles;
  private readonly meminfo: string;

  constructor(files: KernelFiles, proc: string) {
    this.files = files;
    this.meminfo = join(proc, 'meminfo');
  }

  observe(observe: Observe): void {
    const meminfo = this.files.read(this.meminfo);
    if (meminfo === undefined) this.observeNode(observe);
    else this.observeKernel(observe, meminfo);
  }

  /** The conventions define used memory as the memory that is not available. Caches are in neither used nor free. */
  private observeKernel(observe: Observe, meminfo: string): void {
    const total = kibibytes('MemTotal:', meminfo);
    const available = kibibytes('MemAvailable:', meminfo);
    observe('system.memory.linux.available', available);
    observeStates(observe, total, {
      used: total - available,
      free: kibibytes('MemFree:', meminfo),
      cached: kibibytes('Cached:', meminfo),
      buffers: kibibytes('Buffers:', meminfo),
    });
    const swapFree = kibibytes('SwapFree:', meminfo);
    const swapUsed = kibibytes('SwapTotal:', meminfo) - swapFree;
    observe('system.paging.usage', swapUsed, { 'system.paging.state': 'used' });
    observe('system.paging.usage', swapFree, { 'system.paging.state': 'free' });
  }

  private observeNode(observe: Observe): void {
    const total = totalmem();
    const free = freemem();
    observeStates(observe, total, { used: total - free, free });
  }
}

function observeStates(observe: Observe, total: number, states: Readonly<Record<string, number>>): void {
  observe('system.memory.limit', total);
  for (const [state, bytes] of Object.entries(states)) {
    observe('system.memory.usage', bytes, { 'system.memory.state': state });
    observe('system.memory.utilization', bytes / total, { 'system.memory.state': state });
  }
}

function kibibytes(label: string, meminfo: string): number {
  return numberAfter(label, meminfo) * 1024;
}
