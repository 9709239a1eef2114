import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { anchorsIn, isUrl, linksIn } from '../../build/links.ts';
import { REPOSITORY } from '../harness/service.ts';

const DOCUMENTS = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'bench/README.md'],
  ...readdirSync(join(REPOSITORY, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Targets of links and images that are paths. */
function targetsIn(markdown: string): string[] {
  return linksIn(markdown).filter((target) => !isUrl(target));
}

/** The fault of a link in that document; undefined if the link works. */
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
