import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ALL_SETTINGS } from '../../src/config/settings/table.ts';
import * as instruments from '../../src/instruments.ts';
import { LanguageServer } from './helpers/language-server.ts';

// The declarations are those of `npm run build`, as an application gets them.

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
let server: LanguageServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pitot-hover-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules/pitot'), 'junction');
  const compilerOptions = { module: 'nodenext', target: 'es2023', strict: true, types: [] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [] }));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  server = await LanguageServer.start(folder);
});

after(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A line of a program, and the name in it to hover over. */
type Line = readonly [text: string, name: string];

/** The text that an editor shows over each name, below the name's type. */
async function comments(file: string, head: string, lines: readonly Line[]): Promise<readonly string[]> {
  const path = join(folder, file);
  server.open(path, [head, ...lines.map(([text]) => text)].join('\n'));
  const hovers = lines.map(([text, name], index) => server.hover(path, index + 1, text.lastIndexOf(name)));
  return (await Promise.all(hovers)).map((hover) => hover.split('```').slice(2).join('```').trim());
}

/** The names over which an editor shows no sentence. */
async function silent(file: string, head: string, lines: readonly Line[]): Promise<readonly string[]> {
  const shown = await comments(file, head, lines);
  return lines.filter((_, index) => shown[index] === '').map(([, name]) => name);
}

test('an editor shows a sentence, the default and the variables of each option of boot()', async () => {
  const names = [...ALL_SETTINGS.map(([name]) => name), 'httpAttributes'];
  const shown = await comments(
    'options.ts',
    "import { boot } from 'pitot'; boot({",
    names.map((name) => [`${name}: undefined,`, name]),
  );
  for (const [index, [name, { meaning, variables }]] of ALL_SETTINGS.entries()) {
    const comment = shown[index]?.replaceAll(/\s+/g, ' ') ?? '';
    for (const text of [meaning, 'Default: ', ...variables]) {
      assert.ok(comment.includes(text), `${name}: ${comment}`);
    }
  }
  assert.match(shown.at(-1) ?? '', /^Attributes of the application's own/);
});

test('a program can name every type that an option has', async () => {
  const source = await readFile(join(ROOT, 'src/config/settings/boot-options.ts'), 'utf8');
  const names = [...source.matchAll(/^import type \{ (.+) \} from/gm)].flatMap(([, names]) => names ?? []);
  const file = join(folder, 'names.ts');
  assert.ok(names.includes('View'));
  server.open(file, `import type { ${names.join(', ')}, Wrong } from 'pitot';`);
  assert.deepEqual(await server.errors(file), [`Module '"pitot"' has no exported member 'Wrong'.`]);
});

test('a misspelt property of a declaration is named by the error', async () => {
  const file = join(folder, 'misspelt.ts');
  server.open(
    file,
    `import { defineMetrics } from 'pitot';
    defineMetrics('a', { b: { kind: 'histogram', unit: 's', description: 'C.', boundarys: [1] } });`,
  );
  const [error, ...others] = await server.errors(file);
  assert.match(error ?? '', /Unknown property 'boundarys'\. MetricDeclaration lists the known ones\./);
  assert.deepEqual(others, []);
});

test('an editor shows a sentence for each call of each domain of instruments', async () => {
  const calls = Object.entries(instruments).flatMap(([domain, calls]) =>
    Object.keys(calls).map((call): Line => [`instruments.${domain}.${call};`, call]),
  );
  assert.ok(calls.length > 20);
  assert.deepEqual(await silent('calls.ts', "import * as instruments from 'pitot/instruments';", calls), []);
});

for (const [door, entry, least] of [
  ['index', 'pitot', 20],
  ['instruments', 'pitot/instruments', 20],
  ['prom-client', 'pitot/prom-client', 30],
  ['testing', 'pitot/testing', 6],
] as const) {
  test(`an editor shows a sentence for everything that ${entry} exports`, async () => {
    const declarations = await readFile(join(ROOT, `dist/${door}.d.ts`), 'utf8');
    const exported = /^export \{ (.*) \};$/m.exec(declarations)?.[1]?.split(', ') ?? [];
    const lines = exported.map((name): Line => {
      const isType = name.startsWith('type ');
      const bare = name.replace(/^type |^.* as /, '');
      return [`${isType ? 'type _ = ' : ''}door.${bare};`, bare];
    });
    assert.ok(lines.length > least);
    assert.deepEqual(await silent(`${door}.ts`, `import * as door from '${entry}';`, lines), []);
  });
}
