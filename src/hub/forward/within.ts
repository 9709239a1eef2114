/** The result, or `undefined` if the promise takes longer than `timeout` milliseconds. */
export async function within<T>(promise: Promise<T>, timeout: number): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, timeout, undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
