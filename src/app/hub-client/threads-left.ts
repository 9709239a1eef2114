import { readdirSync, readFileSync } from 'node:fs';

/**
 * Threads of the hub: its own, and those of libuv's pool, which aborts the process when it cannot start them. The
 * application may have started the pool already; then this asks for more than there must be.
 */
export const HUB_THREADS = 1 + (Number(process.env.UV_THREADPOOL_SIZE) || 4);

/** Under a higher limit the threads are not counted: that reads a file for each process of the machine. */
const MAX_COUNTED_LIMIT = 512;

/**
 * Threads that this process may still start under `ulimit -u` (setrlimit(2), RLIMIT_NPROC) and under `pids.max` of its
 * control group; `undefined` where no such limit is near, or the system does not tell.
 */
export function threadsLeft(): number | undefined {
  try {
    const left = [leftOfUser(), leftOfGroup()].filter((one) => one !== undefined);
    return left.length === 0 ? undefined : Math.min(...left);
  } catch {
    // Deno permits no question about the system.
    return undefined;
  }
}

function leftOfUser(): number | undefined {
  const user = process.getuid?.();
  // The kernel does not count root's threads.
  if (user === undefined || user === 0) return undefined;
  const limit = Number(/^Max processes\s+(\d+)/m.exec(textOf('/proc/self/limits'))?.[1]);
  if (!(limit <= MAX_COUNTED_LIMIT)) return undefined;
  let threads = 0;
  for (const process of readdirSync('/proc')) {
    const status = /^\d+$/.test(process) ? textOf(`/proc/${process}/status`) : '';
    const [, owner] = /^Uid:\s+(\d+)/m.exec(status) ?? [];
    if (Number(owner) === user) threads += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1]);
  }
  return limit - threads;
}

function leftOfGroup(): number | undefined {
  for (const group of controlGroups()) {
    const limit = Number.parseInt(textOf(`${group}/pids.max`), 10);
    const used = Number.parseInt(textOf(`${group}/pids.current`), 10);
    if (!Number.isNaN(limit) && !Number.isNaN(used)) return limit - used;
  }
  return undefined;
}

/** Where the pids controller of version 2 and of version 1 may be: in a container the group's path is not always there. */
function controlGroups(): string[] {
  const groups = textOf('/proc/self/cgroup');
  const [, unified = ''] = /^0::(.*)$/m.exec(groups) ?? [];
  const [, own = ''] = /^\d+:pids:(.*)$/m.exec(groups) ?? [];
  return [`/sys/fs/cgroup${unified}`, '/sys/fs/cgroup', `/sys/fs/cgroup/pids${own}`, '/sys/fs/cgroup/pids'];
}

/** Empty where there is no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
