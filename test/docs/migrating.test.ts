import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { inherited, REPOSITORY } from '../harness/service.ts';

/** The code under a heading of the page about prom-client. */
async function codeUnder(heading: string, language: string): Promise<string> {
  const page = await readFile(join(REPOSITORY, 'docs/migrating-from-prom-client.md'), 'utf8');
  const section = page.split(/^(?=#+ )/m).find((text) => new RegExp(`^#+ ${heading}\n`).test(text));
  const code = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms').exec(section ?? '')?.[1];
  assert.ok(code, `no ${language} under '${heading}'`);
  return code;
}

/** A folder from which the package's name leads to the build. */
async function folderOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const cache = join(REPOSITORY, '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'migrating-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

const OPTIONS = { encoding: 'utf8', timeout: 60_000 } as const;

test('the example of a changed import prints what prom-client prints', async (t) => {
  const changed = await codeUnder('Change one import', 'js');
  const before = changed.replaceAll('pitot/prom-client', 'prom-client');
  assert.notEqual(changed, before);
  const folder = await folderOf(t, { 'changed.mjs': changed, 'before.mjs': before });
  const [printed, expected] = ['changed.mjs', 'before.mjs'].map((name) => {
    const { stdout, stderr } = spawnSync(process.execPath, [name], {
      ...OPTIONS,
      cwd: folder,
      env: inherited(),
    });
    assert.equal(stderr, '');
    return stdout;
  });
  assert.match(printed ?? '', /^orders_total\{channel="web"\} 1$/m);
  assert.equal(printed, expected);
});

test('the command for dependencies starts a program whose prom-client is that of pitot', async (t) => {
  const command = await codeUnder('Without a line', 'sh');
  const folder = await folderOf(t, {
    'server.js': `
      import { register } from 'prom-client';
      import { register as own } from 'pitot/prom-client';
      console.log(register === own);
      process.exit();
    `,
  });
  const env = { ...inherited(), OTEL_EXPORTER_PROMETHEUS_PORT: '0' };
  const { stdout, stderr } = spawnSync('sh', ['-c', command], { ...OPTIONS, cwd: folder, env });
  assert.match(stdout, /^true$/m, stderr);
});
