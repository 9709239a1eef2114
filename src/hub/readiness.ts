import type { LoopState } from './stalls.ts';

/**
 * Why the application is not ready, in a few words, or undefined when it is: the event loop of its main
 * thread has turned, has not been stuck for `stall` milliseconds, and no thread says otherwise. Worker
 * threads are for work that keeps an event loop busy, so theirs do not count.
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
