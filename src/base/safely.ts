import { diag } from '@opentelemetry/api';
import { reasonOf } from './reason.ts';

const warned = new Set<string>();

/** Says `text` through OpenTelemetry's diagnostics, once for each `key` in the life of the process. */
export function warnOnce(key: string, text: string): void {
  if (warned.has(key)) return;
  warned.add(key);
  diag.warn(`pitot: ${text}`);
}

/**
 * Runs work of the instruments' own. When it throws, the measurement is lost and a warning is given once
 * for each `what`; the application, whose call this is part of, sees nothing of it.
 */
export function safely<T>(what: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    try {
      warnOnce(what, `${what} could not record and goes on without: ${reasonOf(error)}.`);
    } catch {
      // An error that cannot be shown, or a diagnostics logger that throws: nobody is left to tell.
    }
    return undefined;
  }
}
