// The package's own function reads a file and stops at the first key that it does not know, without its name. These two
// parts of it are not exported; the version is pinned.
import validator from '../../../node_modules/@opentelemetry/configuration/dist/generated/validator.mjs';

/** An error of the validator, as ajv describes it; its place is a JSON pointer (RFC 6901). */
type SchemaError = NonNullable<typeof validator.errors>[number];

/** The result of checking a file against the schema. */
export interface Validation {
  /** Why the file cannot be used. */
  readonly reasons: readonly string[];
  /** Places that the schema does not know: a newer release of it may. */
  readonly unknown: readonly string[];
}

type Container = Record<string, unknown>;

/**
 * The parts that must match the schema. The others are for other readers of the file, or are experimental and may change
 * in the next minor release: pitot takes the entries that it understands.
 */
const CHECKED = ['file_format', 'disabled', 'log_level', 'resource', 'meter_provider'];

/** Faults that a container has because something unknown was taken out of it. */
const FOLLOWING = ['minProperties', 'minItems', 'required'];

/**
 * Checks the parts of a file that pitot depends on, and passes over unknown keys and unknown values of enumerations: minor
 * releases of the schema add them, and a reader warns of them and goes on. (opentelemetry-configuration, VERSIONING.md,
 * "Guarantees and allowed changes" and "File format")
 *
 * The validator stops at its first error, so each unknown part is taken out of a copy and the rest is checked again. What
 * reads the file afterwards reads all of it: an exporter with an unknown key is still an exporter.
 */
export function validate(model: unknown): Validation {
  const copy: unknown = structuredClone(model);
  if (isContainer(copy)) {
    for (const key of Object.keys(copy)) if (!CHECKED.includes(key)) delete copy[key];
  }
  const places = placesIn(copy);
  const incomplete = new Set<Container>();
  const unknown: string[] = [];
  for (;;) {
    if (validator(copy)) return { reasons: [], unknown };
    const errors: readonly SchemaError[] = validator.errors ?? [];
    const [error] = errors;
    if (error === undefined || !passOver(error)) {
      return {
        reasons: errors.map(({ instancePath, message = '' }) => `${instancePath} ${message}`.trim()),
        unknown,
      };
    }
  }

  /** Takes the faulty part out, unless the fault makes the file useless. */
  function passOver({ instancePath, keyword, params }: SchemaError): boolean {
    const keys = keysOf(instancePath);
    const node = valueAt(copy, keys);
    const { additionalProperty } = params;
    if (keyword === 'additionalProperties' && additionalProperty !== undefined && isContainer(node)) {
      unknown.push(`${places.get(node)}.${additionalProperty}`);
      delete node[additionalProperty];
      incomplete.add(node);
      return true;
    }
    const parent = valueAt(copy, keys.slice(0, -1));
    const key = keys.at(-1);
    if (!isContainer(parent) || key === undefined) return false;
    // Release candidates of the schema allowed empty lists.
    const isEmptyList = keyword === 'minItems' && Array.isArray(node) && node.length === 0;
    const follows = isContainer(node) && incomplete.has(node) && FOLLOWING.includes(keyword);
    if (!isEmptyList && !follows && keyword !== 'enum') return false;
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
    if (!isEmptyList) incomplete.add(parent);
    return true;
  }
}

function keysOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(root: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((node, key) => (isContainer(node) ? node[key] : undefined), root);
}

/** Where each mapping and list stood at first, as in `meter_provider.readers[0].pull`. */
function placesIn(root: unknown): ReadonlyMap<Container, string> {
  const places = new Map<Container, string>();
  const visit = (node: unknown, place: string): void => {
    if (!isContainer(node)) return;
    places.set(node, place);
    for (const [key, value] of Object.entries(node)) {
      if (Array.isArray(node)) visit(value, `${place}[${key}]`);
      else visit(value, place === '' ? key : `${place}.${key}`);
    }
  };
  visit(root, '');
  return places;
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}
