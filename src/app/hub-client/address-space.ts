import { readFileSync } from 'node:fs';

/**
 * Bytes of address space that this process may still reserve under `ulimit -v` (setrlimit(2), RLIMIT_AS); `undefined`
 * where it has no such limit, or the system does not tell.
 */
export function addressSpaceLeft(): number | undefined {
  try {
    const [, limit] = /^Max address space\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    const [, kibibytes] = /^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
    return limit === undefined || kibibytes === undefined
      ? undefined
      : Number(limit) - Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}
