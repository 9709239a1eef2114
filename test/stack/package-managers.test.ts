import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type Lifetime, lifetimeOfSuite } from '../harness/lifetime.ts';
import { packedTarball } from '../harness/packed-tarball.ts';
import { select, value } from '../harness/samples.ts';
import { inherited, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { installed } from './helpers/installed.ts';

/* Applications that other package managers than npm install, each with its default layout. */

const execute = promisify(execFile);
const PITOT = ['--import', 'pitot/instrumentation'];
const LOGGER = ['--import', './logger.mjs'];

/** Counts twice for each of the requests that it sends to itself. */
const APPLICATION = `
import { createServer } from 'node:http';
import { metrics } from '@opentelemetry/api';
const orders = metrics.getMeter('shop').createCounter('shop.orders');
const server = createServer((_, response) => {
  orders.add(2);
  response.end('ok');
}).listen(0, '127.0.0.1', async () => {
  for (let n = 0; n < 3; n++) await (await fetch('http://127.0.0.1:' + server.address().port)).text();
  console.log('answered');
});
`;

const APPLICATION_LOGGER = `
import { diag, DiagLogLevel } from '@opentelemetry/api';
const nothing = () => {};
const logger = { error: nothing, warn: nothing, info: nothing, debug: nothing, verbose: nothing };
diag.setLogger(logger, DiagLogLevel.WARN);
`;

describe("Yarn Plug'n'Play", { timeout: 300_000 }, () => {
  const lifetime = lifetimeOfSuite();
  let yarn: string;
  before(async () => {
    yarn = join(await installed(['@yarnpkg/cli-dist@4.18.1']), 'node_modules/@yarnpkg/cli-dist/bin/yarn.js');
  });

  /** A project that Yarn has installed, and what `node` needs to run in it. */
  async function project(settings: object = {}) {
    const folder = await projectWith(lifetime, '1.9.1', settings);
    await writeFile(join(folder, 'yarn.lock'), '');
    const env = { ...inherited(), YARN_ENABLE_TELEMETRY: '0', YARN_ENABLE_GLOBAL_CACHE: 'false', CI: '' };
    const options = { cwd: folder, env: { ...env, YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' } };
    await execute(process.execPath, [yarn, 'install'], options);
    return {
      folder,
      nodeArgs: ['--require', './.pnp.cjs', '--loader', './.pnp.loader.mjs', '--no-warnings'],
    };
  }

  test('pitot is unplugged without being asked for, and counts what the application does', async (t) => {
    const { folder, nodeArgs } = await project();
    await measured(t, folder, [...nodeArgs, ...PITOT]);
  });

  test('left in its archive, one line gives the remedy and the application runs', async (t) => {
    const { folder, nodeArgs } = await project({ dependenciesMeta: { pitot: { unplugged: false } } });
    const service = await startService(t, {
      nodeArgs: [...nodeArgs, ...PITOT],
      args: ['app.mjs'],
      cwd: folder,
    });
    await service.line(/^answered$/);
    await service.line(/"unplugged": true for pitot under "dependenciesMeta" in package\.json/);
    assert.equal(service.stderr.match(/^pitot: /gm)?.length, 1);
  });
});

describe('pnpm', { timeout: 300_000 }, () => {
  const lifetime = lifetimeOfSuite();
  let folder: string;
  before(async () => {
    const pnpm = join(await installed(['pnpm@10.34.9']), 'node_modules/pnpm/bin/pnpm.cjs');
    folder = await projectWith(lifetime, '1.4.1');
    const store = await temporaryFolder(lifetime);
    const args = [pnpm, 'install', '--store-dir', store, '--config.confirm-modules-purge=false'];
    await execute(process.execPath, args, { cwd: folder, env: { ...inherited(), CI: 'true' } });
  });

  for (const [order, nodeArgs] of [
    ['alone', PITOT],
    ['after a logger of the application', [...LOGGER, ...PITOT]],
    ['before a logger of the application', [...PITOT, ...LOGGER]],
  ] as const) {
    test(`with version 1.4 of the API, pitot ${order} counts what the application does`, async (t) => {
      await measured(t, folder, nodeArgs);
    });
  }

  test('pitot finds what it depends on, though the application cannot', async (t) => {
    await measured(t, folder, PITOT, { PITOT_HTTP: 'official' });
  });
});

async function projectWith(lifetime: Lifetime, api: string, settings: object = {}): Promise<string> {
  const folder = await temporaryFolder(lifetime);
  const dependencies = { pitot: `file:${await packedTarball()}`, '@opentelemetry/api': api };
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'user', private: true, dependencies, ...settings }),
  );
  await writeFile(join(folder, 'app.mjs'), APPLICATION);
  await writeFile(join(folder, 'logger.mjs'), APPLICATION_LOGGER);
  return folder;
}

async function temporaryFolder(lifetime: Lifetime): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-manager-'));
  lifetime.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function measured(
  t: Lifetime,
  cwd: string,
  nodeArgs: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const service = await startService(t, {
    nodeArgs,
    args: ['app.mjs'],
    cwd,
    env: { PITOT_STALL_CAUSES: 'false', ...env },
  });
  await service.line(/^answered$/);
  await until(
    async () => {
      const { samples } = await service.scrape();
      assert.equal(value(samples, 'shop_orders_total'), 6);
      return select(samples, 'http_server_request_duration_seconds_count')[0]?.value === 3 || undefined;
    },
    { what: 'three requests', instead: () => service.stderr },
  );
  assert.match(service.stderr, /^pitot: [^\n]*\/metrics[^\n]*\n$/);
}
