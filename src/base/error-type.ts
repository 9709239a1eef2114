import { BoundedValues } from './bounded-values.ts';

const errorTypes = new BoundedValues('error.type', /^[\w$.:/-]{1,64}$/);

/**
 * The value of `error.type` (semantic conventions, "Recording errors"), never a message. It is the
 * first of these that there is and that looks like a type's name, else `_OTHER`: the error itself when
 * it is a string, its `code` when that is a string, its `name`, the name of its class.
 */
export function errorType(error: unknown): string {
  if (typeof error !== 'object' || error === null) return errorTypes.admit(error);
  const code = 'code' in error ? error.code : undefined;
  const name = 'name' in error && error.name !== 'Error' ? error.name : undefined;
  return errorTypes.admit(code, name, error.constructor?.name);
}
