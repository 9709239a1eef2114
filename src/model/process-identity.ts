import { readFileSync } from 'node:fs';

/** The permanent identity of a process. A process id alone is reused. */
export interface ProcessIdentity {
  /** Random; also the default of `service.instance.id`. */
  readonly id: string;
  readonly pid: number;
  /** The start time in the kernel's ticks; '' if it cannot be read. */
  readonly started: string;
}

export function ownIdentity(): ProcessIdentity {
  return { id: randomUuid(), pid: process.pid, started: readStat(process.pid)?.started ?? '' };
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** The kernel's, where it has one: `node:crypto` takes 3.4 ms and 1.5 MiB of a start. (random(4)) */
function randomUuid(): string {
  try {
    const uuid = readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trimEnd();
    if (UUID.test(uuid)) return uuid;
  } catch {
    // Another system, or one that hides it.
  }
  return process.getBuiltinModule('node:crypto').randomUUID();
}

/**
 * Whether the process has certainly ended. A process that only stopped, or whose hub restarts, has not: it
 * comes back, and its counts must not count twice.
 */
export function hasEnded({ pid, started }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  if (stat !== undefined) return stat.isOver || (started !== '' && stat.started !== started);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/** Reads /proc/<pid>/stat on Linux; see proc_pid_stat(5). A zombie has ended and waits for its parent. */
function readStat(pid: number): { readonly isOver: boolean; readonly started: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program, in parentheses, may contain anything. The fields after it are regular.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { isOver: /^[ZXx]$/.test(fields[0] ?? ''), started: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
