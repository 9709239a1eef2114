import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startChild } from '../../harness/child.ts';
import { DOOR, inherited, REPOSITORY } from '../../harness/service.ts';

/** Runs `main.mjs` of an application in the repository, from which the names of both packages lead somewhere. */
async function run(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
  nodeArgs = DOOR,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const cache = join(REPOSITORY, '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'replaced-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const child = await startChild(t, process.execPath, {
    args: [...nodeArgs, join(folder, 'main.mjs')],
    cwd: folder,
    env: { ...inherited(), OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env },
  });
  assert.deepEqual(await child.ended(), { code: 0, signal: null }, child.stderr);
  return child;
}

const REPLACE = { PITOT_PROM_CLIENT: 'replace' };

/** Loads prom-client in every way, in the application and in a dependency. */
const APPLICATION = {
  'node_modules/dependency/index.js': "module.exports = require('prom-client');",
  'main.mjs': `
    import { createRequire } from 'node:module';
    import dependency from 'dependency';
    import client, { Counter } from 'prom-client';
    import * as all from 'prom-client';
    import { Counter as Own, register } from 'pitot/prom-client';
    const required = createRequire(import.meta.url)('prom-client');
    const registers = [client.register, all.register, required.register, dependency.register];
    console.log(registers.map((one) => one === register), Counter === Own);
    process.exit();
  `,
};

test('with PITOT_PROM_CLIENT=replace, every module that loads prom-client gets the API of pitot', async (t) => {
  const { stdout, stderr } = await run(t, APPLICATION, REPLACE);
  assert.match(stdout, /^\[ true, true, true, true \] true$/m, stderr);
});

test('without the setting prom-client is itself', async (t) => {
  const { stdout } = await run(t, APPLICATION);
  assert.match(stdout, /^\[ false, false, false, false \] false$/m);
});

test('a version of prom-client with another API is left in place, with a warning', async (t) => {
  const files = {
    'node_modules/prom-client/package.json': '{ "name": "prom-client", "version": "11.5.3" }',
    'node_modules/prom-client/index.js': "exports.own = 'it is';",
    'main.mjs': "import client from 'prom-client'; console.log(client.own); process.exit();",
  };
  const { stdout, stderr } = await run(t, files, REPLACE);
  assert.match(stdout, /^it is$/m);
  assert.match(stderr, /PITOT_PROM_CLIENT=replace leaves prom-client 11\.5\.3 as it is/);
});

test('a warning says so when prom-client was loaded before pitot', async (t) => {
  const files = {
    'main.mjs': `
      import { createRequire } from 'node:module';
      createRequire(import.meta.url)('prom-client');
      const { boot } = await import('pitot');
      boot({ promClient: 'replace' });
      process.exit();
    `,
  };
  const { stderr } = await run(t, files, {}, []);
  assert.match(
    stderr,
    /PITOT_PROM_CLIENT=replace comes too late: a module loaded prom-client before pitot started/,
  );
});

test('the bridge and pitot/prom-client, which are two files of the package, share the owners of names', async (t) => {
  const files = {
    'main.mjs': `
      import { boot, bridgePromClient, metricsResponse } from 'pitot';
      import { Counter } from 'pitot/prom-client';
      import client from 'prom-client';
      new Counter({ name: 'orders_total', help: 'help' }).inc();
      new client.Counter({ name: 'orders_total', help: 'help' }).inc(5);
      bridgePromClient(client.register);
      await boot().ready();
      const response = await metricsResponse(new Request('http://localhost/metrics'));
      console.log(/^orders_total\\S* \\d+$/m.exec(await response.text())?.[0]);
      process.exit();
    `,
  };
  const { stdout, stderr } = await run(t, files, {}, ['--import', 'pitot/instrumentation']);
  assert.match(stdout, /^orders_total\S* 1$/m);
  assert.match(stderr, /two registries of prom-client have a metric 'orders_total'/);
});
