import type { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { registerContextManager } from '../../opentelemetry/registration.ts';

/** Makes the context follow asynchronous calls. A context manager that the application has registered stays. */
export function ensureContextManager(Manager: typeof AsyncLocalStorageContextManager): void {
  registerContextManager(() => new Manager().enable());
}
