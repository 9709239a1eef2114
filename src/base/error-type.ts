import { BoundedValues } from './bounded-values.ts';

const errorTypes = new BoundedValues('error.type', /^[\w$.:/-]{1,64}$/);

/**
 * The value of `error.type` (semantic conventions, "Recording errors"), never a message. It is the first of these
 * that looks like the name of a type, else `_OTHER`: the error itself when it is a string, its `code` when that is
 * a string, its `name`, the name of its class. It never throws, whatever the application threw.
 */
export function errorType(error: unknown): string {
  return errorTypes.admit(...candidates(error));
}

function candidates(error: unknown): unknown[] {
  if (typeof error !== 'object' || error === null) return [error];
  try {
    const code = 'code' in error ? error.code : undefined;
    const name = 'name' in error && error.name !== 'Error' ? error.name : undefined;
    return [code, name, error.constructor?.name];
  } catch {
    return [];
  }
}
