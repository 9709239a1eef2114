import { join } from 'node:path';
import type { KernelFiles } from './kernel-files.ts';
import type { Observe } from './metrics.ts';

/** The first column of each direction in /proc/net/dev. */
const DIRECTIONS = { receive: 0, transmit: 8 };

/** All interfaces of the process's network namespace. */
export class NetworkSource {
  private readonly files: KernelFiles;
  private readonly dev: string;

  constructor(files: KernelFiles, proc: string) {
    this.files = files;
    this.dev = join(proc, 'self/net/dev');
  }

  observe(observe: Observe): void {
    for (const line of (this.files.read(this.dev) ?? '').split('\n')) {
      const colon = line.indexOf(':');
      // The two header lines have no colon.
      if (colon === -1) continue;
      const name = line.slice(0, colon).trim();
      const columns = line
        .slice(colon + 1)
        .trim()
        .split(/ +/)
        .map(Number);
      for (const [direction, from] of Object.entries(DIRECTIONS)) {
        const [bytes, packets, errors, dropped] = columns.slice(from, from + 4);
        const attributes = { 'network.interface.name': name, 'network.io.direction': direction };
        const device = { 'system.device.name': name, 'network.io.direction': direction };
        observe('system.network.io', Number(bytes), attributes);
        observe('system.network.packet.count', Number(packets), device);
        observe('system.network.errors', Number(errors), attributes);
        observe('system.network.packet.dropped', Number(dropped), attributes);
      }
    }
  }
}
