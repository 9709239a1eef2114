/** The work had no result in time. */
export class LateError extends Error {
  override readonly name = 'LateError';
}

/**
 * The work, done once for all who ask for it while it is in flight. When it takes longer than
 * `timeout` milliseconds it is given up: those who wait get a `LateError`, and who asks next starts it
 * again.
 */
export function shared<Result>(work: () => Promise<Result>, timeout: number): () => Promise<Result> {
  let inFlight: Promise<Result> | undefined;
  return () => {
    inFlight ??= inTime(work(), timeout).finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  };
}

async function inTime<Result>(work: Promise<Result>, timeout: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LateError(`no result in ${timeout} ms`)), timeout).unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
