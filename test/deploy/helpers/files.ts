import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { REPOSITORY } from '../../harness/service.ts';

/** An unchecked YAML document. */
export interface Fields {
  readonly [name: string]: Value;
}

export type Value = string | number | boolean | null | undefined | Fields | readonly Value[];

export function read(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8');
}

/** The documents of a file, by a YAML 1.2 parser that takes no key twice. Throws on any fault. */
export function readYaml(path: string): Fields[] {
  return parseAllDocuments(read(path), { merge: true }).map((document) => {
    const [fault] = [...document.errors, ...document.warnings];
    if (fault !== undefined) throw new Error(`${path}: ${fault.message}`);
    return fields(document.toJS());
  });
}

/** The value's fields; none where there is no value. */
export function fields(value: unknown): Fields {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new TypeError(`expected fields, got ${JSON.stringify(value)}`);
  }
  return value as Fields;
}

/** The value's elements; none where there is no value. */
export function list(value: Value): readonly Value[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new TypeError(`expected a list, got ${JSON.stringify(value)}`);
  return value;
}

/** The value at the end of the path of names; undefined if the path ends before that. */
export function at(value: Value, ...path: readonly string[]): Value {
  return path.reduce<Value>((current, name) => fields(current)[name], value);
}
