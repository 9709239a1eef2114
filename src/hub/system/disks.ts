import { join } from 'node:path';
import type { KernelFiles } from './kernel-files.ts';
import type { Observe } from './metrics.ts';

/** The size of a sector in /proc/diskstats, independent of the disk. */
const SECTOR_BYTES = 512;

/** The disks of the machine that were ever used, without their partitions. */
export class DisksSource {
  private readonly files: KernelFiles;
  private readonly diskstats: string;

  constructor(files: KernelFiles, proc: string) {
    this.files = files;
    this.diskstats = join(proc, 'diskstats');
  }

  observe(observe: Observe): void {
    let disk = '';
    for (const line of (this.files.read(this.diskstats) ?? '').split('\n')) {
      const [, , device, ...columns] = line.trim().split(/ +/);
      if (device === undefined || isPartition(device, disk)) continue;
      disk = device;
      const [reads, , sectorsRead, , writes, , sectorsWritten, , , milliseconds] = columns.map(Number);
      if (reads === 0 && writes === 0) continue;
      const direction = (way: string) => ({ 'system.device.name': device, 'disk.io.direction': way });
      observe('system.disk.io', Number(sectorsRead) * SECTOR_BYTES, direction('read'));
      observe('system.disk.io', Number(sectorsWritten) * SECTOR_BYTES, direction('write'));
      observe('system.disk.operations', Number(reads), direction('read'));
      observe('system.disk.operations', Number(writes), direction('write'));
      observe('system.disk.io_time', Number(milliseconds) / 1000, { 'system.device.name': device });
    }
  }
}

/**
 * The kernel lists a disk's partitions after the disk. Their names are the disk's name with a number, and with
 * a `p` in between if the disk's own name ends in a digit: sda1, nvme0n1p1.
 */
function isPartition(device: string, disk: string): boolean {
  if (disk === '' || !device.startsWith(disk)) return false;
  const number = device.slice(disk.length);
  return /\d$/.test(disk) ? /^p\d+$/.test(number) : /^\d+$/.test(number);
}
