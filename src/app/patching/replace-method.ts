/** Takes back what was done. */
export type Undo = () => void;

/** Takes back all of it, also what is added to the list later. */
export function undoAll(list: readonly Undo[]): Undo {
  return () => {
    for (const undo of list.toReversed()) undo();
  };
}

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Puts another function in the place of a method. It looks like the original, and belongs to the same object.
 * Throws when there is no such method. What is returned puts the original back or, where somebody has replaced the
 * method again meanwhile, has the replacement do nothing but call it.
 */
export function replaceMethod(
  target: unknown,
  name: string,
  replacement: (original: Method) => Method,
): Undo {
  const described = isObject(target) ? ownerOf(target, name) : undefined;
  if (!isObject(target) || described === undefined) throw new TypeError(`expected a method ${name}()`);
  const { original, isOwn, isEnumerable } = described;
  let current = replacement(original);
  const value: Method = function (this: unknown, ...args) {
    return Reflect.apply(current, this, args);
  };
  Object.defineProperty(value, 'name', { value: original.name, configurable: true });
  Object.defineProperty(value, 'length', { value: original.length, configurable: true });
  const property = { configurable: true, writable: true, enumerable: isEnumerable };
  Object.defineProperty(target, name, { ...property, value });
  return () => {
    current = original;
    if (Reflect.get(target, name) !== value) return;
    if (isOwn) Object.defineProperty(target, name, { ...property, value: original });
    else Reflect.deleteProperty(target, name);
  };
}

interface Described {
  readonly original: Method;
  readonly isOwn: boolean;
  readonly isEnumerable: boolean;
}

function ownerOf(target: object, name: string): Described | undefined {
  const original: unknown = Reflect.get(target, name);
  if (!isMethod(original)) return undefined;
  const own = Object.getOwnPropertyDescriptor(target, name);
  return { original, isOwn: own !== undefined, isEnumerable: own?.enumerable === true };
}

export function isMethod(value: unknown): value is Method {
  return typeof value === 'function';
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
