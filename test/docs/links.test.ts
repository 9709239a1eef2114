import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { REPOSITORY } from '../harness/service.ts';

const DOCUMENTS = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'bench/README.md'],
  ...readdirSync(join(REPOSITORY, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The text without what is shown as it is: blocks of code, and code in a line. */
function prose(markdown: string): string {
  return markdown.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, (code) => ' '.repeat(code.length));
}

/** Targets of links and images, in Markdown and in HTML, that are no URLs. */
function targetsIn(markdown: string): string[] {
  const text = prose(markdown);
  const targets = [
    ...text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g),
    ...text.matchAll(/\b(?:href|src|srcset)="([^"]+)"/g),
  ].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/i.test(target));
}

/** Anchors as GitHub makes them of headings: of two that are equal, the second ends in `-1`. */
function anchorsIn(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of markdown.replace(/^```.*?^```$/gms, '').matchAll(/^#{1,6} +(.+)$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
    const slug = plain
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let anchor = slug;
    for (let i = 1; anchors.has(anchor); i++) anchor = `${slug}-${i}`;
    anchors.add(anchor);
  }
  for (const [, id = ''] of markdown.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

/** What is wrong with a link of that document; undefined where it leads somewhere. */
function brokenness(document: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#');
  const file =
    path === '' ? join(REPOSITORY, document) : join(REPOSITORY, dirname(document), decodeURI(path));
  if (relative(REPOSITORY, file).startsWith('..')) return `${target} leads out of the repository`;
  if (!existsSync(file)) return `${target} is not there`;
  if (anchor === undefined || statSync(file).isDirectory() || !file.endsWith('.md')) return undefined;
  return anchorsIn(readFileSync(file, 'utf8')).has(anchor) ? undefined : `${target} has no such heading`;
}

for (const document of DOCUMENTS) {
  test(`every link of ${document} leads to a file, and to a heading of it`, () => {
    const targets = targetsIn(readFileSync(join(REPOSITORY, document), 'utf8'));
    const broken = targets.map((target) => brokenness(document, target)).filter((one) => one !== undefined);
    assert.deepEqual(broken, []);
  });
}

test('every document in docs/ is linked from the README or from another document', () => {
  const linked = new Set(
    DOCUMENTS.flatMap((document) =>
      targetsIn(readFileSync(join(REPOSITORY, document), 'utf8')).map((target) =>
        relative(REPOSITORY, join(REPOSITORY, dirname(document), target.split('#')[0] ?? '')),
      ),
    ),
  );
  assert.deepEqual(
    DOCUMENTS.filter((document) => document.startsWith('docs/') && !linked.has(document)),
    [],
  );
});
