import { callerPlace } from './caller.ts';
import { diag } from './diag.ts';
import { reasonOf } from './reason.ts';

const warned = new Set<string>();

/** Warns through pitot's diagnostics. Never throws, even where its logger does. */
export function warn(text: string): void {
  try {
    diag.warn(`pitot: ${text}`);
  } catch {
    // The logger failed, and there is no other place to report that to.
  }
}

/** As {@link warn}, with the place in the application's code that called pitot. */
export function warnAtCaller(text: string): void {
  const place = callerPlace();
  try {
    if (place === undefined) diag.warn(`pitot: ${text}`);
    else diag.warn(`pitot: ${text}`, `(${place})`);
  } catch {
    // The logger failed, and there is no other place to report that to.
  }
}

/** Warns once for each `key` in the lifetime of the process. */
export function warnOnce(key: string, text: string): void {
  if (warned.has(key)) return;
  warned.add(key);
  warn(text);
}

/**
 * Runs a part of pitot inside a call of the application. If it throws, pitot loses the measurement and warns once for
 * each `what`; the application notices nothing.
 */
export function safely<T>(what: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    warnOnce(what, `${what} could not record and goes on without: ${reasonOf(error)}.`);
    return undefined;
  }
}
