import type { Attributes } from '@opentelemetry/api';

/** Path of the first fault in the value, '' for the value itself; `undefined` when there is none. */
type Fault = string | undefined;

/** Tells whether a value that another process sent is a `T`; tied to it by types, so that no field is forgotten. */
export interface Check<T> {
  (value: unknown): Fault;
  /** Never set. */
  readonly type?: T;
}

/** A check for each field; that of an optional field may accept `undefined`. */
type Fields<T> = {
  readonly [Key in keyof T]-?:
    | Check<T[Key]>
    | (Record<never, never> extends Pick<T, Key> ? Check<T[Key] | undefined> : never);
};

type Union = { readonly type: string };

/** pitot takes deeper nesting of an attribute for an attack. */
const MAX_DEPTH = 16;

/**
 * @param what names the value in the error
 * @throws when the value is not a `T`; the message has the path of the fault, and nothing of the value
 */
export function checked<T>(what: string, value: unknown, check: Check<T>): T {
  const fault = check(value);
  if (fault !== undefined) throw new Error(`malformed ${what}${fault && `, at ${fault}`}`);
  return value as T;
}

/** An object with these fields. It may have others: a newer release may send more. */
export function shape<T extends object>(fields: Fields<T>): Check<T> {
  const checks = Object.entries(fields) as [string, Check<unknown>][];
  return (value) => {
    if (typeof value !== 'object' || value === null) return '';
    for (const [key, check] of checks) {
      const fault = check(Reflect.get(value, key));
      if (fault !== undefined) return pathOf(key, fault);
    }
    return undefined;
  };
}

/** One shape for each value of `type`. */
export function variants<T extends Union>(
  shapes: {
    readonly [Key in T['type']]: Check<Extract<T, { type: Key }>>;
  },
): Check<T> {
  const byType = new Map<unknown, Check<unknown>>(Object.entries(shapes));
  return (value) => {
    if (typeof value !== 'object' || value === null) return '';
    const check = byType.get(Reflect.get(value, 'type'));
    return check === undefined ? 'type' : check(value);
  };
}

export function list<T>(of: Check<T>, max: number): Check<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > max) return '';
    for (let i = 0; i < value.length; i++) {
      const fault = of(value[i]);
      if (fault !== undefined) return pathOf(String(i), fault);
    }
    return undefined;
  };
}

export function pair<A, B>(first: Check<A>, second: Check<B>): Check<readonly [A, B]> {
  return (value) => (Array.isArray(value) && value.length === 2 ? (first(value[0]) ?? second(value[1])) : '');
}

/** For a field that may be missing, and for one that may be `undefined`. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value) => (value === undefined ? undefined : check(value));
}

export function oneOf<T>(...values: readonly T[]): Check<T> {
  return where((value) => values.includes(value as T));
}

export function where<T>(test: (value: unknown) => boolean): Check<T> {
  return (value) => (test(value) ? undefined : '');
}

/** @param max characters */
export function text(max: number): Check<string> {
  return where((value) => typeof value === 'string' && value.length <= max);
}

export function integer(min: number, max: number): Check<number> {
  return where((value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max);
}

export const anyNumber: Check<number> = where((value) => typeof value === 'number');

export const flag: Check<boolean> = where((value) => typeof value === 'boolean');

/** Attributes as OpenTelemetry's API takes them: texts, numbers, booleans, bytes, lists and maps of those. */
export const attributes: Check<Attributes> = where(
  (value) => isPlainObject(value) && Object.values(value).every((item) => isAttributeValue(item, MAX_DEPTH)),
);

function isAttributeValue(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'undefined':
      return true;
    case 'object': {
      if (value === null || value instanceof Uint8Array) return true;
      if (depth === 0 || !(Array.isArray(value) || isPlainObject(value))) return false;
      return Object.values(value).every((item) => isAttributeValue(item, depth - 1));
    }
    default:
      return false;
  }
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function pathOf(key: string, fault: string): string {
  return fault === '' ? key : `${key}.${fault}`;
}
