import type { Attributes, AttributeValue } from '@opentelemetry/api';

/** Attributes as pitot stores them: a frozen copy with sorted keys, and its identity. */
export interface CanonicalAttributes {
  readonly attributes: Attributes;
  /** Equal attributes in any order have equal identities; different attributes have different ones. */
  readonly key: string;
  /** Keys that are left out because their values cannot be attribute values (functions, symbols, bigints, cycles). */
  readonly rejected: readonly string[];
}

/** pitot treats deeper nesting as a cycle. */
const MAX_DEPTH = 16;

/**
 * Copies attributes and computes their identity. `200` and `"200"` are different values (OpenTelemetry specification,
 * common/README.md, "Attribute collections"); an `undefined` value counts as not given.
 */
export function canonicalize(given: Attributes): CanonicalAttributes {
  const attributes: Record<string, AttributeValue> = {};
  const rejected: string[] = [];
  // Joined at the end: a string that grows by addition keeps all its parts. (bench/memory.ts)
  const parts: string[] = [];
  for (const name of Object.keys(given).sort()) {
    const value = given[name];
    if (value === undefined) continue;
    const identity = identityOf(value);
    if (identity === undefined) {
      rejected.push(name);
      continue;
    }
    // Own data property even for `__proto__`, which a plain assignment would swallow.
    Object.defineProperty(attributes, name, { value: copy(value), enumerable: true });
    parts.push(JSON.stringify(name), ':', identity, ',');
  }
  return { attributes: Object.freeze(attributes), key: parts.join(''), rejected };
}

/** Whether canonical attributes have equal identities. */
export function haveOneIdentity(a: Attributes, b: Attributes): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]));
}

/** Short for a comparison of {@link identityOf}. Recordings with lists come here each time. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!Array.isArray(a) || !Array.isArray(b)) return identityOf(a) === identityOf(b);
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!isSame(a[i], b[i])) return false;
  return true;
}

/**
 * An injective text of a value. It is JSON, but distinguishes NaN, infinities and bytes, and sorts object keys.
 * `undefined` for anything that cannot be an attribute value.
 */
export function identityOf(value: unknown): string | undefined {
  return identify(value, MAX_DEPTH);
}

function identify(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      if (depth === 0) return undefined;
      if (value instanceof Uint8Array) return `<${value.join()}>`;
      return Array.isArray(value) ? identifyList(value, depth) : identifyMap(value, depth);
    default:
      return undefined;
  }
}

function identifyList(list: readonly unknown[], depth: number): string | undefined {
  let text = '[';
  for (const item of list) {
    const identity = identify(item, depth - 1);
    if (identity === undefined) return undefined;
    text += `${identity},`;
  }
  return `${text}]`;
}

function identifyMap(map: object, depth: number): string | undefined {
  let text = '{';
  for (const [name, item] of Object.entries(map).sort(byName)) {
    const identity = identify(item, depth - 1);
    if (identity === undefined) return undefined;
    text += `${JSON.stringify(name)}:${identity},`;
  }
  return `${text}}`;
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** A deep copy of a value that {@link identify} accepted. */
function copy(value: AttributeValue): AttributeValue {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(copy);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copy(item)]));
}
