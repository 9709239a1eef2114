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

function startApp(lifetime: Lifetime, file: string, imports: readonly string[] = [PRELOAD]): Promise<Child> {
  const args = [...imports.flatMap((url) => ['--import', url]), file];
  return startChild(lifetime, process.execPath, { args, env: inherited() });
}

async function counted(child: Child): Promise<unknown> {
  return JSON.parse(String((await child.line(/^counted: (.*)$/))[1]));
}

const CALLS: Readonly<Record<string, readonly string[]>> = {
  grpc: ['server shop.Orders/Get 2', 'client shop.Orders/Get 2'],
  aws: ['client DynamoDB/ListTables 1'],
  graphql: ['operation A 1'],
};

for (const [library, name, file] of [
  ['grpc', '@grpc/grpc-js', 'grpc-import.mjs'],
  ['grpc', '@grpc/grpc-js', 'grpc-named.mjs'],
  ['grpc', '@grpc/grpc-js', 'grpc-require.cjs'],
  ['aws', '@aws-sdk/client-dynamodb', 'aws-import.mjs'],
  ['aws', '@aws-sdk/client-dynamodb', 'aws-require.cjs'],
  ['graphql', 'graphql', 'graphql-import.mjs'],
  ['graphql', 'graphql', 'graphql-require.cjs'],
  ['graphql', 'graphql17', 'graphql17-import.mjs'],
] as const) {
  test(`every call by the library that ${file} loads is counted once`, async (t) => {
    assert.deepEqual(await counted(await startApp(t, join(FIXTURES, file))), CALLS[library]);
  });

  test(`every call of ${file} is counted once if the library was loaded before pitot`, async (t) => {
    const load = `data:text/javascript,${encodeURIComponent(
      `import { createRequire } from 'node:module';
       createRequire(${JSON.stringify(join(FIXTURES, file))})(${JSON.stringify(name)});`,
    )}`;
    assert.deepEqual(await counted(await startApp(t, join(FIXTURES, file), [load, PRELOAD])), CALLS[library]);
  });
}

test('a version that is not supported loads as it is and is left alone with a warning', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-'));
  t.after(() => rm(folder, { recursive: true }));
  const place = join(folder, 'node_modules/@grpc/grpc-js');
  await mkdir(place, { recursive: true });
  const manifest = { name: '@grpc/grpc-js', version: '1.9.15', main: 'index.js' };
  await writeFile(join(place, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(place, 'index.js'), "module.exports = { shape: 'old' };");
  await writeFile(join(folder, 'app.cjs'), "console.log(require('@grpc/grpc-js').shape);");
  const child = await startApp(t, join(folder, 'app.cjs'));
  await child.line(/^old$/);
  assert.deepEqual(await child.ended(), { code: 0, signal: null });
  assert.deepEqual(child.stderr.trimEnd().split('\n'), [
    'pitot: @grpc/grpc-js 1.9.15 is not measured; supported versions: >=1.10.0 <2. The application runs as without pitot.',
  ]);
});
