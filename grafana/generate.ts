/**
 * Writes grafana/dashboards from the dashboards in this folder and the contracts of pitot's metrics. With `--check` it
 * writes nothing, and exits with 1 if a file is out of date.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DASHBOARDS } from './dashboards.ts';

const FOLDER = new URL('dashboards/', import.meta.url);

const written = new Map(DASHBOARDS.map((dashboard) => [`${dashboard.uid}.json`, textOf(dashboard)]));
const there = readdirSync(FOLDER);
const different = [
  ...[...written]
    .filter(([file, text]) => !there.includes(file) || read(file) !== text)
    .map(([file]) => file),
  ...there.filter((file) => !written.has(file)),
];

if (process.argv.includes('--check')) {
  if (different.length > 0) {
    console.error(
      `grafana/dashboards: ${different.join(', ')} would be different; run: node grafana/generate.ts`,
    );
    process.exitCode = 1;
  }
} else {
  for (const file of different) {
    const text = written.get(file);
    if (text === undefined) rmSync(new URL(file, FOLDER));
    else writeFileSync(new URL(file, FOLDER), text);
  }
}

function read(file: string): string {
  return readFileSync(new URL(file, FOLDER), 'utf8');
}

/** JSON in the repository's format, with lists of plain values on one line. */
function textOf(dashboard: object): string {
  const text = JSON.stringify(dashboard, undefined, 2);
  const plainLists = text.replace(/\[\n\s+([^[\]{}]+?)\n\s+\]/g, (_, values: string) => {
    return `[${values.replace(/\n\s+/g, ' ')}]`;
  });
  return `${plainLists}\n`;
}
