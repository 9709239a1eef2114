import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work between two turns of the event loop. */
const TURN = 1;

/** The result of work that is done in pieces, with turns for others in between. */
export async function inTurns<Result>(work: Generator<unknown, Result>): Promise<Result> {
  for (;;) {
    const began = performance.now();
    do {
      const piece = work.next();
      if (piece.done) return piece.value;
    } while (performance.now() - began < TURN);
    await setImmediate();
  }
}
