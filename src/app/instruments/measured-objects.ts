/** Shared by all copies of the package in a process: the door's may be another than the application's. */
const MEASURED = Symbol.for('pitot.measured-objects');

/** Servers and the like that are measured already, by hand or automatically: none is measured twice. */
export function measuredObjects(): WeakSet<object> {
  const found: unknown = Reflect.get(globalThis, MEASURED);
  if (found instanceof WeakSet) return found;
  const made = new WeakSet<object>();
  Object.defineProperty(globalThis, MEASURED, { value: made });
  return made;
}
