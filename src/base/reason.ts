import { oneLine } from './one-line.ts';

const MAX_CHARACTERS = 1000;
/** Maximum depth of nested errors and causes. */
const MAX_DEPTH = 3;

/**
 * One line with the reason of anything that was thrown: the message of an error, the cause of a failed `fetch`, or
 * the messages inside an `AggregateError` without one of its own. Never throws, even for a proxy, an object without a
 * prototype, or an error whose `message` throws.
 */
export function reasonOf(error: unknown): string {
  try {
    return oneLine(textOf(error, MAX_DEPTH), MAX_CHARACTERS);
  } catch {
    return 'an error without a readable text';
  }
}

/** One line that shows any value of the application. Never throws. */
export function shown(value: unknown): string {
  try {
    return oneLine(String(value), MAX_CHARACTERS);
  } catch {
    return 'a value without a text';
  }
}

function textOf(error: unknown, depth: number): string {
  if (!isErrorLike(error)) return String(error);
  const { message, cause, errors, code, name } = error;
  const text = String(message);
  if (depth > 0 && cause instanceof Error && (text === '' || text === 'fetch failed')) {
    return textOf(cause, depth - 1);
  }
  if (text !== '') return text;
  if (depth > 0 && Array.isArray(errors)) return errors.map((one) => textOf(one, depth - 1)).join(', ');
  return String(code ?? name ?? error);
}

interface ErrorLike {
  readonly message: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
  readonly code?: unknown;
  readonly name?: unknown;
}

/** An error from another realm is not an instance of this realm's `Error`. */
function isErrorLike(error: unknown): error is ErrorLike {
  return typeof error === 'object' && error !== null && 'message' in error;
}
