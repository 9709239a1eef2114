import type { LoopState } from './stalls/stalls.ts';

/**
 * Why the application is not ready; `undefined` when it is ready. It is ready when the event loop of its main thread
 * has turned and has not been stuck for `stall` milliseconds, and no thread says otherwise. Worker threads exist for
 * work that blocks an event loop, so theirs may be stuck.
 */
export function notReady(states: readonly LoopState[], stall: number): string | undefined {
  for (const { thread, stuck, hasTurned, notReady: reason } of states) {
    if (thread.name === 'main') {
      if (!hasTurned) return 'the event loop of the application has not turned since the start';
      if (stuck * 1000 >= stall) {
        return `the event loop of the application has been stuck for ${stuck.toFixed(1)} s`;
      }
    }
    if (reason !== undefined) return reason === '' ? 'the application says so' : reason;
  }
  return undefined;
}
