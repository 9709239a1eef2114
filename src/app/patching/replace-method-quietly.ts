export type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Puts a method on the object itself, not on its prototype, that looks like the one it replaces. Throws a
 * `TypeError` when there is none.
 */
export function replaceMethod(
  target: object,
  name: string | symbol,
  replacement: (original: Method) => Method,
): void {
  const original: unknown = Reflect.get(target, name);
  if (!isMethod(original)) throw new TypeError(`expected an object with a method ${String(name)}()`);
  const value = replacement(original);
  Object.defineProperty(value, 'name', { value: original.name, configurable: true });
  Object.defineProperty(value, 'length', { value: original.length, configurable: true });
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false });
}

function isMethod(value: unknown): value is Method {
  return typeof value === 'function';
}
