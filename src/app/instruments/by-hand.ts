import { AsyncLocalStorage } from 'node:async_hooks';
import type { TracingChannel } from 'node:diagnostics_channel';

/** Shared by all copies of the package in a process: the door's may be another than the application's. */
const CURRENT = Symbol.for('pitot.by-hand');

/** The system of the operation that is being measured by hand; undefined until somebody asks for it. */
function current(): AsyncLocalStorage<string | undefined> | undefined {
  const found: unknown = Reflect.get(globalThis, CURRENT);
  return found instanceof AsyncLocalStorage ? found : undefined;
}

/**
 * From now on it is known where operations are measured by hand. For the automatic sources: without them
 * nobody needs to know, and nothing is spent on it.
 */
export function noticeWorkByHand(): void {
  if (current() === undefined) Object.defineProperty(globalThis, CURRENT, { value: new AsyncLocalStorage() });
}

/** Runs the work of an operation that is measured by hand, to which whatever it asks of that system belongs. */
export function byHand<R>(system: unknown, work: () => R): R {
  const storage = current();
  return storage === undefined || typeof system !== 'string' ? work() : storage.run(system, work);
}

/** Whether the code that runs now belongs to an operation of that system that is measured by hand. */
export function isByHand(system: string): boolean {
  return current()?.getStore() === system;
}

/**
 * The callback, for one who calls it back from elsewhere: it belongs to the same operation measured by hand as
 * the code that runs now, or to none.
 */
export function staying<Args extends readonly unknown[], R>(
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

/** As {@link staying}, for the callbacks of what is published on a channel, until what is returned is called. */
export function stayingOn(channel: TracingChannel<unknown, object>): () => void {
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
