/** Whether something can be awaited. Promises of other realms, as under Jest, are no instances of this one's class. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    return 'then' in value && typeof value.then === 'function';
  } catch {
    // The application's getter threw.
    return false;
  }
}
