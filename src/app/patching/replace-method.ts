/** Takes back what was done. */
export type Undo = () => void;

/** Takes back everything in the list, including what is added to it later, last first. */
export function undoAll(list: readonly Undo[]): Undo {
  return () => {
    for (const undo of list.toReversed()) undo();
  };
}

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** The marks that `shimmer` and `@opentelemetry/instrumentation` leave on their wrappers. */
interface WrappedMethod extends Method {
  readonly __wrapped: true;
  readonly __original: Method;
  readonly __unwrap: () => void;
}

/** Marks the wrappers of every copy of pitot in the process. */
const LAYER = Symbol.for('pitot.layer');

/**
 * Puts a wrapper in the place of a method, on `target` itself. The wrapper has the name, the length and the
 * enumerability of the original. Throws a `TypeError` when there is no such method.
 *
 * Other instrumentations may wrap the same method before and after, and take their wrapper off again in any order.
 * They recognise their own wrapper by `__wrapped`, `__original` and `__unwrap`, and several of them (pg, ioredis,
 * mongodb) ask for those marks before they wrap once more. So pitot's wrapper answers for the wrapper below it:
 *
 * - `__wrapped` is true when the method below is wrapped by another, and false otherwise. A neighbour that has
 *   not wrapped yet does so, and a neighbour that has wrapped already is not asked to wrap twice.
 * - `__unwrap()` removes the neighbour's wrapper from below and leaves pitot's in place.
 * - `__original` is the method below.
 *
 * @param replacement makes the wrapper of an original. It runs again when the method below changes.
 * @returns puts the original back. Where another wrapper was put on top meanwhile, pitot's stays in its place and
 *   only passes calls on.
 */
export function replaceMethod(
  target: unknown,
  name: string | symbol,
  replacement: (original: Method) => Method,
): Undo {
  const original: unknown = isObject(target) ? Reflect.get(target, name) : undefined;
  if (!isObject(target) || !isMethod(original)) {
    throw new TypeError(`expected an object with a method ${String(name)}()`);
  }
  const own = Object.getOwnPropertyDescriptor(target, name);
  const property = { configurable: true, writable: true, enumerable: own?.enumerable === true };
  let below = original;
  let current = replacement(below);
  let isUndone = false;
  const wrapper: Method = function (this: unknown, ...args) {
    return Reflect.apply(current, this, args);
  };
  const unwrapBelow = () => {
    if (!isWrapped(below)) return;
    if (LAYER in below) below.__unwrap();
    else below = below.__original;
    current = isUndone ? below : replacement(below);
  };
  Object.defineProperties(wrapper, {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
    [LAYER]: { value: true },
    __wrapped: { get: () => isWrapped(below), configurable: true },
    __original: { get: () => below, configurable: true },
    __unwrap: { value: unwrapBelow, configurable: true },
  });
  Object.defineProperty(target, name, { ...property, value: wrapper });
  return () => {
    isUndone = true;
    current = below;
    if (Reflect.get(target, name) !== wrapper) return;
    if (own === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, { ...property, value: below });
  };
}

/** The test of `@opentelemetry/instrumentation` (`isWrapped`). */
function isWrapped(method: Method): method is WrappedMethod {
  const { __wrapped, __original, __unwrap } = method as Partial<WrappedMethod>;
  return __wrapped === true && isMethod(__original) && isMethod(__unwrap);
}

export function isMethod(value: unknown): value is Method {
  return typeof value === 'function';
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** The prototype of a class's instances. */
export function prototypeOf(type: unknown): object {
  if (!isMethod(type) || !isObject(type.prototype)) throw new TypeError('expected a class');
  return type.prototype;
}
