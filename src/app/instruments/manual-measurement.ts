import { AsyncLocalStorage } from 'node:async_hooks';
import type { TracingChannel } from 'node:diagnostics_channel';

/** All copies of the package in a process share it: the door's copy may be another than the application's. */
const CURRENT = Symbol.for('pitot.manual-measurement');

/** Holds the system of the manual measurement that runs now. Undefined until an automatic source asks for it. */
function current(): AsyncLocalStorage<string | undefined> | undefined {
  const found: unknown = Reflect.get(globalThis, CURRENT);
  return found instanceof AsyncLocalStorage ? found : undefined;
}

/** Starts to track manual measurements. Only automatic sources need that, so nothing is spent without one. */
export function trackManualMeasurements(): void {
  if (current() === undefined) Object.defineProperty(globalThis, CURRENT, { value: new AsyncLocalStorage() });
}

/** Runs work that the application measures itself: automatic sources of the same system skip its operations. */
export function measureManually<R>(system: unknown, work: () => R): R {
  const storage = current();
  return storage === undefined || typeof system !== 'string' ? work() : storage.run(system, work);
}

/** Whether the running code belongs to a manual measurement of an operation of that system. */
export function isMeasuredManually(system: string): boolean {
  return current()?.getStore() === system;
}

/** The callback, bound to the manual measurement that runs now, or to none, wherever it is called from. */
export function preserveContext<Args extends readonly unknown[], R>(
  callback: (...args: Args) => R,
): (...args: Args) => R {
  const storage = current();
  if (storage === undefined) return callback;
  const system = storage.getStore();
  return function (this: unknown, ...args) {
    const call = (): R => Reflect.apply(callback, this, args);
    return storage.getStore() === system ? call() : storage.run(system, call);
  };
}

/** {@link preserveContext} for the callbacks of operations that a channel publishes. Returns the end of it. */
export function preserveContextOn(channel: TracingChannel<unknown, object>): () => void {
  const storage = current();
  if (storage === undefined) return () => {};
  const systems = new WeakMap<object, string | undefined>();
  const remember = (context: unknown) => {
    if (typeof context === 'object' && context !== null) systems.set(context, storage.getStore());
  };
  channel.start.subscribe(remember);
  channel.asyncStart.bindStore(storage, (context) => systems.get(context));
  return () => {
    channel.start.unsubscribe(remember);
    channel.asyncStart.unbindStore(storage);
  };
}
