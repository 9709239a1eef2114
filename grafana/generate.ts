/**
 * Writes grafana/dashboards, and the dashboards of the examples, from the dashboards in this folder and the contracts of
 * pitot's metrics. With `--check` it writes nothing, and exits with 1 if a file is out of date.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DASHBOARDS } from './dashboards.ts';
import { EXAMPLES } from './examples/examples.ts';

/** Files are named relative to the repository. */
const ROOT = new URL('../', import.meta.url);
const FOLDER = 'grafana/dashboards/';

const written = new Map<string, string>([
  ...DASHBOARDS.map((dashboard) => [`${FOLDER}${dashboard.uid}.json`, textOf(dashboard)] as const),
  ...EXAMPLES.map(({ name, dashboard }) => [`examples/${name}/dashboard.json`, textOf(dashboard)] as const),
]);
const there = [
  ...readdirSync(new URL(FOLDER, ROOT)).map((file) => FOLDER + file),
  ...[...written.keys()].filter((file) => !file.startsWith(FOLDER) && existsSync(new URL(file, ROOT))),
];
const different = [
  ...[...written]
    .filter(([file, text]) => !there.includes(file) || read(file) !== text)
    .map(([file]) => file),
  ...there.filter((file) => !written.has(file)),
];

if (process.argv.includes('--check')) {
  if (different.length > 0) {
    console.error(`${different.join(', ')} would be different; run: node grafana/generate.ts`);
    process.exitCode = 1;
  }
} else {
  for (const file of different) {
    const text = written.get(file);
    if (text === undefined) rmSync(new URL(file, ROOT));
    else writeFileSync(new URL(file, ROOT), text);
  }
}

function read(file: string): string {
  return readFileSync(new URL(file, ROOT), 'utf8');
}

/** JSON in the repository's format, with lists of plain values on one line. */
function textOf(dashboard: object): string {
  const text = JSON.stringify(dashboard, undefined, 2);
  const plainLists = text.replace(/\[\n\s+([^[\]{}]+?)\n\s+\]/g, (_, values: string) => {
    return `[${values.replace(/\n\s+/g, ' ')}]`;
  });
  return `${plainLists}\n`;
}
