import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import type { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';

const PROBE = createContextKey('pitot: is there a context manager?');

/**
 * Makes the context follow asynchronous calls. A context manager that the application has registered
 * stays: then this does nothing.
 */
export function ensureContextManager(Manager: typeof AsyncLocalStorageContextManager): void {
  const kept = context.with(ROOT_CONTEXT.setValue(PROBE, true), () => context.active().getValue(PROBE));
  if (kept !== true) context.setGlobalContextManager(new Manager().enable());
}
