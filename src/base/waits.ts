/** Resolves after `time` milliseconds. */
export function pause(time: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, time);
  });
}

/** Whether the promise was fulfilled within `timeout` milliseconds. */
export async function within(timeout: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, timeout, false);
  });
  const inTime = promise.then(
    () => true,
    () => false,
  );
  const result = await Promise.race([inTime, late]);
  clearTimeout(timer);
  return result;
}
