import { databasePool, type PoolNumbers } from '../../instruments/database-pool.ts';
import type { Observation } from '../../observe/observation.ts';
import type { Undo } from '../../patching/replace-method.ts';

/** Reads a pool's numbers. A pool of unlimited size has no maximum. */
type Read = () => PoolNumbers;

interface NamedPools {
  readonly reads: Set<Read>;
  readonly watched: Observation;
}

const named = new Map<string, NamedPools>();

/**
 * Reports a pool's numbers under this name until the returned function is called. Pools of the same name cannot be
 * told apart, so their numbers are added up.
 */
export function watchPool(name: string, read: Read): Undo {
  let pools = named.get(name);
  if (pools === undefined) {
    const reads = new Set<Read>();
    pools = { reads, watched: databasePool({ name, read: () => together(reads) }) };
    named.set(name, pools);
  }
  const { reads, watched } = pools;
  reads.add(read);
  return () => {
    reads.delete(read);
    if (reads.size > 0 || named.get(name)?.reads !== reads) return;
    named.delete(name);
    watched.stop();
  };
}

function together(reads: Iterable<Read>): PoolNumbers {
  const all = Array.from(reads, (read) => read());
  const bounds = all.flatMap(({ max }) => (max === undefined ? [] : [max]));
  return {
    used: sumOf(all.map(({ used }) => used)),
    idle: sumOf(all.map(({ idle }) => idle)),
    pending: sumOf(all.map(({ pending = 0 }) => pending)),
    max: bounds.length < all.length ? undefined : sumOf(bounds),
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
