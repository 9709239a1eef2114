import { BoundedValues, OTHER } from './bounded-values.ts';

const errorTypes = new BoundedValues('error.type', /^[\w$.:/-]{1,64}$/);

/**
 * The value of `error.type` (semantic conventions, "Recording errors"), never a message. It is the first of these
 * that looks like the name of a type, else `_OTHER`: the error itself when it is a string, its `code` when that is
 * a string, its `name`, the name of its class. It never throws, whatever the application threw. A value without a
 * text among these (`throw undefined`, `Promise.reject(404)`) has no type, and that is no reason for a warning.
 */
export function errorType(error: unknown): string {
  const texts = candidates(error).filter((candidate) => typeof candidate === 'string' && candidate !== '');
  return texts.length === 0 ? OTHER : errorTypes.admit(...texts);
}

function candidates(error: unknown): unknown[] {
  if (typeof error !== 'object' || error === null) return [error];
  try {
    const code = 'code' in error ? error.code : undefined;
    const name = 'name' in error ? error.name : undefined;
    // A class that sets no name has that of `Error`; an anonymous one has no other.
    const names = name === 'Error' ? [error.constructor?.name, name] : [name, error.constructor?.name];
    return [code, ...names];
  } catch {
    return [];
  }
}
