import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { cruise } from 'dependency-cruiser';
import config from '../../build/layers.ts';

/** The rules that a tree of these files breaks. */
async function brokenBy(t: TestContext, files: Readonly<Record<string, string>>): Promise<string[]> {
  const baseDir = await mkdtemp(join(tmpdir(), 'pitot-layers-'));
  t.after(() => rm(baseDir, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(baseDir, dirname(path)), { recursive: true });
    await writeFile(join(baseDir, path), text);
  }
  const { forbidden, options } = config;
  const { output } = await cruise(['src'], {
    ...options,
    baseDir,
    validate: true,
    ruleSet: { forbidden },
  });
  assert.ok(typeof output === 'object');
  return output.summary.violations.map(({ rule }) => rule.name).toSorted();
}

const TYPE = 'export interface Shape { readonly size: number }';

test('a tree whose arrows point down breaks no rule', async (t) => {
  const broken = await brokenBy(t, {
    'src/base/shape.ts': TYPE,
    'src/app/record.ts': "import type { Shape } from '../base/shape.ts';\nexport type Recorded = Shape;",
    'src/index.ts': "export type { Recorded } from './app/record.ts';",
  });
  assert.deepEqual(broken, []);
});

test('the two sides do not see each other, not even by a type', async (t) => {
  const broken = await brokenBy(t, {
    'src/hub/shape.ts': TYPE,
    'src/app/record.ts': "import type { Shape } from '../hub/shape.ts';\nexport type Recorded = Shape;",
    'src/app/value.ts': 'export const size = 1;',
    'src/hub/entry.ts': "import { size } from '../app/value.ts';\nconsole.log(size);",
  });
  assert.deepEqual(broken, ['layer-app', 'layer-hub', 'no-circular-folders', 'no-circular-folders']);
});

test('an arrow that points up is found, and so is one to a door', async (t) => {
  const broken = await brokenBy(t, {
    'src/config/shape.ts': TYPE,
    'src/base/log.ts': "import type { Shape } from '../config/shape.ts';\nexport type Logged = Shape;",
    'src/index.ts': 'export const door = 1;',
    'src/model/value.ts': "import { door } from '../index.ts';\nexport const value = door;",
  });
  assert.deepEqual(broken, ['layer-base', 'layer-model']);
});

test('a circle of files is found where only types make it', async (t) => {
  const broken = await brokenBy(t, {
    'src/base/one.ts': "import type { Two } from './two.ts';\nexport interface One { readonly two?: Two }",
    'src/base/two.ts': "import type { One } from './one.ts';\nexport interface Two { readonly one?: One }",
  });
  assert.deepEqual(broken, ['no-circular-files']);
});

test('a folder without a place among the layers is found', async (t) => {
  const broken = await brokenBy(t, {
    'src/base/one.ts': 'export const one = 1;',
    'src/odds/two.ts': "import { one } from '../base/one.ts';\nexport const two = one;",
  });
  assert.deepEqual(broken, ['known-layers']);
});
