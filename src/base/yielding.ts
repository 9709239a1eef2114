import { setImmediate } from 'node:timers/promises';

/** How long work may hold the event loop before it yields. */
const MAX_SLICE_MS = 1;

/** Runs work piece by piece, yields to the event loop in between, and resolves with its result. */
export async function yielding<Result>(work: Generator<unknown, Result>): Promise<Result> {
  for (;;) {
    const began = performance.now();
    do {
      const piece = work.next();
      if (piece.done) return piece.value;
    } while (performance.now() - began < MAX_SLICE_MS);
    await setImmediate();
  }
}
