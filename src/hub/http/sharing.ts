/** The work had no result in time. */
export class LateError extends Error {
  override readonly name = 'LateError';
}

interface Sharing {
  /** Milliseconds after its start in which those who ask join the work; who asks later starts it anew. */
  readonly joinable: number;
  /** Milliseconds for which a result is given to those who ask after it. 0 by default. */
  readonly reuse?: number;
}

/**
 * The work, done once for all who ask for it while it is in flight. Each waits for as long as its own
 * signal lets it and is then rejected with the signal's reason; the work goes on for the others.
 */
export function shared<Result>(
  work: () => Promise<Result>,
  { joinable, reuse = 0 }: Sharing,
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
