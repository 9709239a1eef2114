import { setTimeout as pause } from 'node:timers/promises';

export interface UntilOptions {
  /** Completes the sentence "gave up waiting for …". */
  readonly what: string;
  /** Milliseconds; 15 seconds unless told otherwise. */
  readonly timeout?: number;
  /** Describes the state at the deadline, for the error. Called once. */
  readonly instead?: () => string | Promise<string>;
}

/**
 * Asks `probe` again and again until it gives something other than undefined, and returns that.
 * At the deadline it throws an error that says what was waited for and what was there instead. An error
 * thrown by `probe` ends the wait at once.
 */
export async function until<T>(
  probe: () => T | undefined | Promise<T | undefined>,
  { what, timeout = 15_000, instead }: UntilOptions,
): Promise<T> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() >= deadline) break;
    await pause(20);
  }
  const rest = instead === undefined ? '' : `\n${await instead()}`;
  throw new Error(`gave up waiting for ${what} after ${timeout} ms${rest}`);
}
