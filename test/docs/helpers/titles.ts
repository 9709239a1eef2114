import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../harness/service.ts';

const TITLE = /\b(?:test|describe)\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;

/** The titles of a file's tests, with … for what a template puts in. */
export function titlesIn(file: string): string[] {
  const source = readFileSync(join(REPOSITORY, 'test', file), 'utf8');
  return [...source.matchAll(TITLE)].map(([, single, double, template]) =>
    (single ?? double ?? template ?? '').replaceAll(/\$\{[^}]*\}/g, '…'),
  );
}
