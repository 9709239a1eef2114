import { WORDS_PER_CELL } from '../../model/protocol.ts';

/** Looks before a reader gives up: with the pauses in between, a good tenth of a second. */
const ATTEMPTS = 100;
/** Milliseconds. */
const PAUSE = 1;

/**
 * Reads cells that belong together, with the sequence that guards them; see "Memory ordering" in the
 * protocol. Waits while the writer is at work, which takes it a microsecond unless its thread is suspended.
 *
 * @param cell index of the sequence's cell in the slab
 * @param read reads the cells; run again for as long as they were being changed
 * @returns `undefined` when the writer does not finish: its thread was ended in the middle of a change
 */
export function readConsistently<T>(words: Int32Array, cell: number, read: () => T): T | undefined {
  const sequence = cell * WORDS_PER_CELL;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = Atomics.load(words, sequence);
    if ((before & 1) === 0) {
      const value = read();
      if (Atomics.add(words, sequence, 0) === before) return value;
    } else {
      Atomics.wait(words, sequence, before, PAUSE);
    }
  }
  return undefined;
}
