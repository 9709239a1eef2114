/**
 * Writes docs/neighbours.md from docs/neighbours/table.ts. With `--check` it writes nothing, and exits with 1 if the file
 * is out of date. test/docs/neighbours.test.ts shows that the named tests exist.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { NEIGHBOURS, type Row, type Section } from './neighbours/table.ts';

const FILE = new URL('neighbours.md', import.meta.url);

const written = `# Beside other instrumentation

<!-- Written by docs/generate-neighbours.ts from docs/neighbours/table.ts: change that. -->

pitot measures, and something else may trace: the OpenTelemetry SDK, or an agent. This page says what happens in which
order of loading, and which test shows it. Tests are files below \`test/\`; \`npm test\` checks that they exist.

How to read a row:

- **Order** says which of the two the process loads first. "any" means that every order gives the same. The cell is empty
  where the two are not loaded one after the other, as with a bundler or a runtime.
- **What happens**: "exact" means that pitot counts everything once, and that the neighbour loses and doubles no span.
- **Set-up** is what you do. Where the cell is empty, there is nothing to do.

pitot measures HTTP itself, with or without a tracer, unless an official instrumentation records the same on pitot's
provider: see [http.md](http.md), "Beside official instrumentations". Routes of frameworks are in
[frameworks.md](frameworks.md).

${NEIGHBOURS.map(sectionOf).join('\n\n')}
`;

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, written);
} else if (readFileSync(FILE, 'utf8') !== written) {
  console.error('docs/neighbours.md is out of date with its table; run: npm run docs');
  process.exitCode = 1;
}

function sectionOf({ title, introduction, rows }: Section): string {
  return [
    `## ${title}`,
    '',
    introduction,
    '',
    '| Neighbour | Order | What happens | Set-up | Test |',
    '|---|---|---|---|---|',
    ...rows.map(rowOf),
  ].join('\n');
}

function rowOf({ neighbour, order, outcome, setUp, file, title }: Row): string {
  return `| ${[neighbour, order, outcome, setUp, `\`${file}\`: ${title}`].join(' | ')} |`;
}
