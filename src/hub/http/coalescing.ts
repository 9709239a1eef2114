/** Work without a result at its deadline. */
export class LateError extends Error {
  override readonly name = 'LateError';
}

interface CoalescingOptions {
  /** Milliseconds from the start of the work in which callers join it; a later caller starts it anew. */
  readonly joinable: number;
  /** Milliseconds for which later callers get a finished result. 0 by default. */
  readonly reuse?: number;
}

/**
 * Does the work once for all callers that come while it is in flight. A caller waits until its own signal aborts and is
 * then rejected with the signal's reason; the work goes on for the others.
 */
export function coalesced<Result>(
  work: () => Promise<Result>,
  { joinable, reuse = 0 }: CoalescingOptions,
): (signal: AbortSignal) => Promise<Result> {
  let current: { readonly result: Promise<Result>; until: number } | undefined;

  function start(): Promise<Result> {
    const started = { result: work(), until: performance.now() + joinable };
    const drop = () => {
      if (current === started) current = undefined;
    };
    current = started;
    started.result.then(() => {
      if (reuse === 0) return drop();
      started.until = performance.now() + reuse;
      setTimeout(drop, reuse).unref();
    }, drop);
    return started.result;
  }

  return async (signal) => {
    signal.throwIfAborted();
    const joined = current !== undefined && performance.now() < current.until ? current.result : start();
    return await unlessAborted(joined, signal);
  };
}

async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
  });
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
