/** Milliseconds that work may keep the thread before others have their turn. */
const SLICE = 5;
/** Steps between two looks at the clock. */
const STRIDE = 64;

/**
 * Does work that comes in steps, the first slice of it at once.
 *
 * @param kept told of the milliseconds for which each slice kept the thread
 * @returns a promise for the rest; undefined when there is none
 */
export function inSlices(
  steps: Iterator<unknown>,
  kept: (milliseconds: number) => void,
): Promise<void> | undefined {
  const begun = performance.now();
  let isDone = false;
  let spent = 0;
  while (!isDone && spent < SLICE) {
    for (let i = 0; i < STRIDE && !isDone; i++) isDone = steps.next().done === true;
    spent = performance.now() - begun;
  }
  kept(spent);
  if (isDone) return undefined;
  return new Promise<void>((resolve) => setImmediate(resolve)).then(() => inSlices(steps, kept));
}
