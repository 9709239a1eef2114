/**
 * Writes the tables of docs/five-services.md from the READMEs of the examples, and the lines of code of both relays. With
 * `--check` it writes nothing, and exits with 1 if the page is out of date.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const EXAMPLES = ['relay', 'admin', 'llm-gateway', 'model-api', 'workflow-service'];
const PAGE = new URL('five-services.md', import.meta.url);
const ROOT = new URL('../', import.meta.url);

const before = readFileSync(PAGE, 'utf8');
let after = EXAMPLES.reduce((page, name) => replaced(page, name, tableOf(name)), before);
after = replaced(after, 'lines', linesOfCode());

if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error('docs/five-services.md would be different; run: npm run docs');
    process.exitCode = 1;
  }
} else writeFileSync(PAGE, after);

/** Replaces what stands between two comments. */
function replaced(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [start, stop] = [page.indexOf(begin), page.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`docs/five-services.md has no ${begin} and ${end}`);
  return `${page.slice(0, start + begin.length)}\n${text}\n${page.slice(stop)}`;
}

/** The rows of an example, without their queries. */
function tableOf(name: string): string {
  const readme = readFileSync(new URL(`examples/${name}/README.md`, ROOT), 'utf8');
  const rows = readme.matchAll(/^\| (.+?) \| (.+?) \| (.+?) \| `[^`]+` \|$/gm);
  const lines = Array.from(rows, ([, what, byHand, pitot]) => `| ${what} | ${byHand} | ${pitot} |`);
  return ['| What | By hand | pitot |', '| --- | --- | --- |', ...lines].join('\n');
}

function linesOfCode(): string {
  const script = new URL('bench/relay-prom-client/lines.ts', ROOT).pathname;
  return `\`\`\`\n${execFileSync(process.execPath, [script], { encoding: 'utf8' }).trim()}\n\`\`\``;
}
