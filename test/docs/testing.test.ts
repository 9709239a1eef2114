import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inherited, REPOSITORY } from '../harness/service.ts';
import { codeUnder, filesUnder } from './helpers/testing-page.ts';

/** The code of the page about waiting, in a test whose order comes late. */
async function lateTest(): Promise<string> {
  return `
    import assert from 'node:assert/strict';
    import { test } from 'node:test';
    import { metricsOf } from 'pitot/testing';
    import { place } from './orders.js';
    test('waits for an order', async (t) => {
      setTimeout(() => place({ channel: 'web', euros: 5 }), 100);
      ${await codeUnder('Values that arrive later')}
    });
  `;
}

test('the examples of docs/testing.md for node:test pass, and the process ends by itself', async (t) => {
  const cache = join(REPOSITORY, '.cache');
  await mkdir(cache, { recursive: true });
  // Inside the package, so that its name leads to the build.
  const folder = await mkdtemp(join(cache, 'testing-page-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const files = [
    ...(await filesUnder('Testing your own metrics')),
    ...(await filesUnder('node:test')),
    ['late.test.js', await lateTest()] as const,
  ];
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  const options = { cwd: folder, env: inherited(), encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--test', '--test-reporter=tap'], options);
  assert.match(stdout, /^# pass 5$/m, stdout + stderr);
  assert.deepEqual([status, stderr], [0, '']);
});
