import { reasonOf } from '../../base/reason.ts';

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

/** Waits for a method of another package, which may be synchronous. Rejects if it fails or takes longer. */
export async function settled(what: string, call: () => unknown, timeout: number): Promise<void> {
  const fault = await within(faultOf(call), timeout);
  if (fault === undefined) throw new Error(`${what} took longer than ${timeout} ms`);
  if (fault !== '') throw new Error(`${what} failed: ${fault}`);
}

/** The reason of a failure, else ''. */
async function faultOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return '';
  } catch (error) {
    return reasonOf(error) || 'without a reason';
  }
}
