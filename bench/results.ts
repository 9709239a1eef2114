import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';

const RESULTS = join(import.meta.dirname, 'results.md');
const HEADING = '# Results\n\nWritten by the scripts in this folder; README.md says how to read them.\n';

/**
 * Prints a script's results and writes them into results.md, in place of the script's earlier results. The section
 * contains the given Markdown and the description of the machine. It contains no date, so that it changes only
 * with the figures.
 *
 * @param section the script's own name; also the heading
 * @param peers npm packages whose versions the section shows
 */
export function writeResults(section: string, markdown: string, peers: readonly string[]): void {
  const versions = peers.map((peer) => `${peer} ${versionOf(peer)}`);
  const facts = [cpus()[0]?.model ?? 'unknown processor', `Node.js ${process.versions.node}`, ...versions];
  const body = `## ${section}\n\n${markdown.trim()}\n\nMeasured on: ${facts.join(' · ')}\n`;
  console.log(body);
  const before = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : HEADING;
  const sections = before.split(/^(?=## )/m).map((text) => text.trim());
  const place = sections.findIndex((text) => text.startsWith(`## ${section}\n`));
  if (place === -1) sections.push(body.trim());
  else sections[place] = body.trim();
  writeFileSync(RESULTS, `${sections.join('\n\n')}\n`);
}

/** Writes a script's tables into a document, between `<!-- bench/<script> -->` and `<!-- end -->`. */
export function writeInto(document: string, script: string, markdown: string): void {
  const path = join(import.meta.dirname, '..', document);
  const begin = `<!-- bench/${script} -->\n`;
  const before = readFileSync(path, 'utf8');
  const from = before.indexOf(begin) + begin.length;
  const to = before.indexOf('<!-- end -->', from);
  if (from < begin.length || to === -1) throw new Error(`${document} has no place for ${script}`);
  writeFileSync(path, `${before.slice(0, from)}\n${markdown.trim()}\n\n${before.slice(to)}`);
}

/** Rows of cells as an aligned Markdown table; the first column is text, the others are numbers or text. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  others: 'numbers' | 'text' = 'numbers',
): string {
  const widths = header.map((_, i) =>
    Math.max(3, ...[header, ...rows].map((cells) => cells[i]?.length ?? 0)),
  );
  const isText = (column: number) => column === 0 || others === 'text';
  const ruler = widths.map((width, i) => (isText(i) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (isText(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join(' | ');
  return [header, ruler, ...rows].map((cells) => `| ${line(cells)} |`).join('\n');
}

function versionOf(name: string): string {
  const path = findPackageJSON(name, import.meta.url);
  if (path === undefined) throw new Error(`${name} is not installed`);
  const { version }: { version: string } = JSON.parse(readFileSync(path, 'utf8'));
  return version;
}
