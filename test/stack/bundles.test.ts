import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, copyFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { build, type Format } from 'esbuild';
import { type Child, startChild } from '../harness/child.ts';
import { parseExposition } from '../harness/exposition.ts';
import { type Lifetime, lifetimeOfSuite } from '../harness/lifetime.ts';
import { select, value } from '../harness/samples.ts';
import { inherited } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { installedBesidePitot } from './helpers/installed.ts';

/* Applications in one file that has pitot in it. The package is installed where the bundle runs, or missing. */

const execute = promisify(execFile);

/** Bundlers of CommonJS packages into an ES module need this, as their documentation says. */
const BANNER =
  "import { createRequire } from 'node:module'; import { fileURLToPath } from 'node:url'; import { dirname } from " +
  "'node:path'; const require = createRequire(import.meta.url); const __filename = fileURLToPath(import.meta.url); " +
  'const __dirname = dirname(__filename);';

const APPLICATION = `
import { createServer } from 'node:http';
import { boot, getMeter } from 'pitot';
boot();
const orders = getMeter('shop').createCounter('shop.orders');
const server = createServer((_, response) => {
  orders.add(2);
  response.end('ok');
}).listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port));
`;

const ROLLUP = `
import commonjs from '@rollup/plugin-commonjs';
import resolve from '@rollup/plugin-node-resolve';
const input = { input: 'application.mjs', plugins: [resolve({ exportConditions: ['node'] }), commonjs()] };
const output = { inlineDynamicImports: true };
export default [
  { ...input, output: { ...output, file: 'rollup.mjs', format: 'es' } },
  { ...input, output: { ...output, file: 'rollup-banner.mjs', format: 'es', banner: ${JSON.stringify(BANNER)} } },
  { ...input, output: { ...output, file: 'rollup.cjs', format: 'cjs' } },
];
`;

const WEBPACK = `
const input = { mode: 'production', target: 'node22', entry: './application.mjs' };
const path = import.meta.dirname;
export default [
  {
    ...input,
    experiments: { outputModule: true },
    output: { path, filename: 'webpack.mjs', module: true, chunkFormat: 'module', library: { type: 'module' } },
  },
  { ...input, output: { path, filename: 'webpack.cjs' } },
];
`;

const ESBUILD: readonly (readonly [name: string, format: Format, banner: string, minify: boolean])[] = [
  ['esbuild.mjs', 'esm', '', false],
  ['esbuild-banner.mjs', 'esm', BANNER, false],
  ['esbuild-minified.mjs', 'esm', BANNER, true],
  ['esbuild.cjs', 'cjs', '', false],
];
const BUNDLES = [
  ...ESBUILD.map(([name]) => name),
  ...['rollup.mjs', 'rollup-banner.mjs', 'rollup.cjs', 'webpack.mjs', 'webpack.cjs'],
];

const REQUESTS = 3;

const NOT_INSTALLED =
  /^pitot: error: the hub's thread cannot be started \(pitot \S+ is not installed where this bundle runs(.*)\)\. The application runs on, but nothing is served or forwarded\. Leave pitot out of the bundle \(external\) and install the whole package where the bundle runs; see docs\/bundling\.md\.\n$/;

describe('an application in one file', { timeout: 300_000 }, () => {
  const lifetime = lifetimeOfSuite();
  /** Where the package is installed. */
  let folder: string;
  /** Where it is not. */
  let lone: string;

  before(async () => {
    folder = await installedBesidePitot([
      ...['@opentelemetry/api@1.9.1', 'webpack@5.113.0', 'webpack-cli@7.3.1'],
      ...['rollup@4.68.8', '@rollup/plugin-node-resolve@16.0.3', '@rollup/plugin-commonjs@29.0.3'],
      'postject@1.0.0-alpha.6',
    ]);
    await writeFile(join(folder, 'application.mjs'), APPLICATION);
    await writeFile(join(folder, 'rollup.config.mjs'), ROLLUP);
    await writeFile(join(folder, 'webpack.config.mjs'), WEBPACK);
    for (const [name, format, banner, minify] of ESBUILD) {
      await build({
        ...{ absWorkingDir: folder, entryPoints: ['application.mjs'], outfile: name, format, minify },
        ...{ bundle: true, platform: 'node', logLevel: 'error', banner: { js: banner } },
      });
    }
    await bin('rollup', ['--config', 'rollup.config.mjs', '--failAfterWarnings']);
    await bin('webpack', ['--config', 'webpack.config.mjs']);
    lone = await mkdtemp(join(tmpdir(), 'pitot-lone-'));
    lifetime.after(() => rm(lone, { recursive: true }));
    for (const name of BUNDLES) await copyFile(join(folder, name), join(lone, name));
  });

  function bin(name: string, args: readonly string[]) {
    const env = { ...inherited(), NODE_ENV: 'production' };
    return execute(process.execPath, [join(folder, 'node_modules/.bin', name), ...args], {
      cwd: folder,
      env,
    });
  }

  for (const name of BUNDLES) {
    test(`${name} beside the installed package counts what it does, and says nothing else`, async (t) => {
      await runMeasured(t, [process.execPath, join(folder, name)]);
    });
  }

  // webpack writes the path of the package into the bundle, and finds it on the machine that built it.
  for (const name of BUNDLES.filter((one) => !one.startsWith('webpack'))) {
    test(`${name} without the package runs, and says once what is missing`, async (t) => {
      assert.deepEqual(await runAlone(t, [process.execPath, join(lone, name)]), '');
    });
  }

  test('a bundle beside another version of the package says which one is there', async (t) => {
    const other = await mkdtemp(join(tmpdir(), 'pitot-other-'));
    t.after(() => rm(other, { recursive: true }));
    await cp(join(folder, 'node_modules/pitot'), join(other, 'node_modules/pitot'), { recursive: true });
    const manifest = join(other, 'node_modules/pitot/package.json');
    const content = JSON.parse(await readFile(manifest, 'utf8'));
    await writeFile(manifest, JSON.stringify({ ...content, version: '0.0.1' }));
    await copyFile(join(folder, 'esbuild.mjs'), join(other, 'esbuild.mjs'));
    assert.equal(await runAlone(t, [process.execPath, join(other, 'esbuild.mjs')]), ': only pitot 0.0.1 is');
  });

  test('a bundle says so if a tool copied only some files of the package beside it', async (t) => {
    const part = await mkdtemp(join(tmpdir(), 'pitot-part-'));
    t.after(() => rm(part, { recursive: true }));
    await cp(join(folder, 'node_modules/pitot'), join(part, 'node_modules/pitot'), { recursive: true });
    await rm(join(part, 'node_modules/pitot/dist/hub'), { recursive: true });
    await copyFile(join(folder, 'esbuild.cjs'), join(part, 'esbuild.cjs'));
    assert.equal(await runAlone(t, [process.execPath, join(part, 'esbuild.cjs')]), ': only a part of it is');
  });

  test('a bundle that pitot/instrumentation is loaded before shares its counts', async (t) => {
    const bundle = join(folder, 'esbuild-minified.mjs');
    await runMeasured(t, [process.execPath, '--import', 'pitot/instrumentation', bundle], folder);
  });

  test('a single executable counts beside the installed package, and says what is missing without it', async (t) => {
    const settings = { main: join(folder, 'esbuild.cjs'), output: join(folder, 'application.blob') };
    const file = join(folder, 'executable.json');
    await writeFile(file, JSON.stringify({ ...settings, disableExperimentalSEAWarning: true }));
    await execute(process.execPath, ['--experimental-sea-config', file]);
    const executable = join(lone, 'application');
    await copyFile(process.execPath, executable);
    await chmod(executable, 0o755);
    const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
    await bin('postject', [executable, 'NODE_SEA_BLOB', settings.output, '--sentinel-fuse', fuse]);
    assert.equal(await runAlone(t, [executable]), '');
    await symlink(join(folder, 'node_modules'), join(lone, 'node_modules'));
    await runMeasured(t, [executable]);
  });
});

/** Runs a program, sends it three requests, and compares what it counted. */
async function runMeasured(
  t: Lifetime,
  [command = '', ...args]: readonly string[],
  cwd = tmpdir(),
): Promise<void> {
  const env = { ...inherited(), OTEL_EXPORTER_PROMETHEUS_PORT: '0', PITOT_STALL_CAUSES: 'false' };
  const program = await startChild(t, command, { args, env, cwd });
  const [endpoint] = await program.line(/http:\S+\/metrics/);
  await sendRequests(program);
  await until(
    async () => {
      const { samples } = parseExposition(await (await fetch(endpoint)).text());
      assert.equal(value(samples, 'shop_orders_total'), 2 * REQUESTS);
      return (
        select(samples, 'http_server_request_duration_seconds_count')[0]?.value === REQUESTS || undefined
      );
    },
    { what: 'the requests', instead: () => program.stderr },
  );
  assert.match(program.stderr, /^pitot: [^\n]*\/metrics[^\n]*\n$/);
}

/** Runs a program without its package, and returns what its one line says of the package. */
async function runAlone(
  t: Lifetime,
  [command = '', ...args]: readonly string[],
): Promise<string | undefined> {
  const program = await startChild(t, command, { args, env: inherited(), cwd: tmpdir() });
  await sendRequests(program);
  await program.line(/^pitot: error/);
  program.signal('SIGTERM');
  assert.deepEqual(await program.ended(), { code: null, signal: 'SIGTERM' });
  assert.match(program.stderr, NOT_INSTALLED);
  return NOT_INSTALLED.exec(program.stderr)?.[1];
}

async function sendRequests(program: Child): Promise<void> {
  const [, port] = await program.line(/^listening on (\d+)$/);
  for (let n = 0; n < REQUESTS; n++) {
    assert.equal(await (await fetch(`http://127.0.0.1:${port}`)).text(), 'ok');
  }
}
