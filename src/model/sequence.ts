import { WORDS_PER_CELL } from './protocol.ts';

/** With the pauses between attempts, a reader gives up after a tenth of a second. */
const MAX_ATTEMPTS = 100;
const PAUSE_MS = 1;

/**
 * Reads cells that belong together under the sequence that guards them; see "Memory ordering" in the protocol. Waits
 * while the writer changes them, which takes a microsecond unless its thread is suspended.
 *
 * @param cell index of the sequence's cell in the slab
 * @param read reads the cells; runs again when the writer changed them meanwhile
 * @returns `undefined` when the writer does not finish, because its thread ended in the middle of a change
 */
export function readConsistently<T>(words: Int32Array, cell: number, read: () => T): T | undefined {
  const sequence = cell * WORDS_PER_CELL;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const before = Atomics.load(words, sequence);
    if ((before & 1) === 0) {
      const value = read();
      if (Atomics.add(words, sequence, 0) === before) return value;
    } else {
      Atomics.wait(words, sequence, before, PAUSE_MS);
    }
  }
  return undefined;
}
