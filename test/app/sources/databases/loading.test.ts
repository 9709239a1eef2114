import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Child, startChild } from '../../../harness/child.ts';
import type { Lifetime } from '../../../harness/lifetime.ts';
import { inherited } from '../../../harness/service.ts';

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'helpers/preload.ts')).href;
const FIXTURES = join(import.meta.dirname, 'fixtures');
const TRANSPILING = pathToFileURL(join(FIXTURES, '../../fixtures/transpiling-hooks.mjs')).href;

function startApp(lifetime: Lifetime, file: string, ...before: readonly string[]): Promise<Child> {
  const imports = [...before, PRELOAD].flatMap((url) => ['--import', url]);
  return startChild(lifetime, process.execPath, { args: [...imports, file], env: inherited() });
}

async function counted(child: Child): Promise<unknown> {
  const [, told] = await child.line(/^counted: (.*)$/);
  return JSON.parse(String(told));
}

for (const file of ['sqlite-import.mjs', 'sqlite-dynamic.mjs', 'sqlite-require.cjs']) {
  for (const { how, before } of [
    { how: '', before: [] },
    { how: ' after hooks that give every module its source', before: [TRANSPILING] },
  ]) {
    test(`the drivers that ${file} loads are measured from the first statement on${how}`, async (t) => {
      const child = await startApp(t, join(FIXTURES, file), ...before);
      assert.deepEqual(await counted(child), [
        ['CREATE TABLE', 'pets', 2],
        ['INSERT', 'pets', 4],
      ]);
    });
  }
}

test('an application without a database loads no driver', async (t) => {
  const child = await startApp(t, join(FIXTURES, 'nothing.cjs'));
  const [, loaded] = await child.line(/^loaded: (.*)$/);
  assert.equal(loaded, '[]');
});

for (const { how, file, text } of [
  { how: 'imported', file: 'app.mjs', text: (name: string) => `import driver from '${name}';` },
  { how: 'required', file: 'app.cjs', text: (name: string) => `const driver = require('${name}');` },
]) {
  test(`a driver of an unknown version, ${how}, loads as it is and is left alone with a warning`, async (t) => {
    const folder = await packageIn(t, 'pg', '9.1.0', "module.exports = { Client: class {}, shape: 'new' };");
    await writeFile(join(folder, file), `${text('pg')}\nconsole.log('driver:', driver.shape);\n`);
    const child = await startApp(t, join(folder, file));
    await child.line(/^driver: new$/);
    assert.deepEqual(await child.ended(), { code: 0, signal: null });
    const warnings = child.stderr.split('\n').filter((line) => line.startsWith('pitot: '));
    assert.equal(warnings.length, 1, child.stderr);
    assert.match(
      String(warnings[0]),
      /pg 9\.1\.0 is not measured; supported versions: >=8\.0\.3 <9\..*database\.operation\(\)/,
    );
  });

  test(`a driver of another shape, ${how}, loads as it is and is reported once`, async (t) => {
    const folder = await packageIn(t, 'ioredis', '5.99.0', "module.exports = { shape: 'new' };");
    await writeFile(join(folder, file), `${text('ioredis')}\nconsole.log('driver:', driver.shape);\n`);
    const child = await startApp(t, join(folder, file));
    await child.line(/^driver: new$/);
    assert.deepEqual(await child.ended(), { code: 0, signal: null });
    const errors = child.stderr.split('\n').filter((line) => line.startsWith('pitot: '));
    assert.equal(errors.length, 1, child.stderr);
    assert.match(
      String(errors[0]),
      /"ioredis" failed \(expected the class Redis\)\..*PITOT_DISABLED_SOURCES=ioredis\./,
    );
  });
}

async function packageIn(lifetime: Lifetime, name: string, version: string, code: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-'));
  lifetime.after(() => rm(folder, { recursive: true }));
  const place = join(folder, 'node_modules', name);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'package.json'), JSON.stringify({ name, version, main: 'index.js' }));
  await writeFile(join(place, 'index.js'), code);
  return folder;
}
