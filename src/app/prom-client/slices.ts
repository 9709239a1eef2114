/** The work yields to others after this time on the thread. */
const SLICE_MS = 5;
/** Steps between two readings of the clock. */
const STEPS_PER_CHECK = 64;

/**
 * Does work that comes in steps. The first slice runs at once.
 *
 * @param kept receives the milliseconds for which each slice blocked the thread
 * @returns a promise for the rest; undefined if nothing is left to do
 */
export function inSlices(
  steps: Iterator<unknown>,
  kept: (milliseconds: number) => void,
): Promise<void> | undefined {
  const begun = performance.now();
  let isDone = false;
  let spent = 0;
  while (!isDone && spent < SLICE_MS) {
    for (let i = 0; i < STEPS_PER_CHECK && !isDone; i++) isDone = steps.next().done === true;
    spent = performance.now() - begun;
  }
  kept(spent);
  if (isDone) return undefined;
  return new Promise<void>((resolve) => setImmediate(resolve)).then(() => inSlices(steps, kept));
}
