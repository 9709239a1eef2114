import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startChild } from '../harness/child.ts';
import { inherited, REPOSITORY } from '../harness/service.ts';

/*
 * The files that the build loads. The sources are many small modules, whose loading says nothing about the package.
 */

const DIST = join(REPOSITORY, 'dist');

/** Prints, when the process ends, each file that this thread has loaded and the built-in modules that it has run. */
const WATCH = `data:text/javascript,${encodeURIComponent(`
  const files = [];
  process.getBuiltinModule('node:module').registerHooks({
    load(url, context, next) {
      if (url.startsWith('file:')) files.push(url);
      return next(url, context);
    },
  });
  process.once('exit', () => console.log(JSON.stringify({ files, builtin: process.moduleLoadList })));
`)}`;

/** Prints, when the hub has opened its endpoint, the built-in modules that its thread has run. */
const WATCH_HUB = `data:text/javascript,${encodeURIComponent(`
  const threads = process.getBuiltinModule('node:worker_threads');
  threads.Worker = class extends threads.Worker {
    constructor(file, options) {
      super(new URL('data:text/javascript,' + encodeURIComponent(
        'await import(' + JSON.stringify(String(file)) + ');' +
        'process.getBuiltinModule("node:fs").writeSync(1, JSON.stringify(process.moduleLoadList) + String.fromCharCode(10));'
      )), options);
    }
  };
`)}`;

interface Loaded {
  readonly files: readonly string[];
  readonly builtin: readonly string[];
}

/** The files that the application's thread loads in a measured process that only ends. */
async function loadedWith(
  t: Parameters<typeof startChild>[0],
  env: Readonly<Record<string, string>>,
  program = 'process.exit()',
): Promise<Loaded> {
  const child = await startChild(t, process.execPath, {
    args: ['--import', WATCH, '--import', 'pitot/instrumentation', '-e', program],
    cwd: REPOSITORY,
    env: { ...inherited(), OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env },
  });
  assert.deepEqual(await child.ended(), { code: 0, signal: null });
  const { files, builtin }: Loaded = JSON.parse(child.stdout);
  return { files: files.map((url) => relative(REPOSITORY, fileURLToPath(url))), builtin };
}

/** The packages that something of is in a file of the build, or in what it imports at once. */
function packagesOf(file: string, seen = new Set<string>()): ReadonlySet<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, name] of text.matchAll(/^\/\/ .*node_modules\/((?:@[^/\n]+\/)?[^/\n]+)/gm)) {
    if (name !== undefined) packages.add(name);
  }
  for (const [, path] of text.matchAll(/^(?:import|\} from) ?"(\.[^"]+)";$/gm)) {
    if (path !== undefined)
      for (const name of packagesOf(join(dirname(file), path), seen)) packages.add(name);
  }
  return packages;
}

test("a start loads three files on the application's thread, and none of another package", async (t) => {
  const { files } = await loadedWith(t, {});
  const [door, index, shared, ...others] = files;
  assert.equal(door, join('dist', 'instrumentation.js'));
  assert.equal(index, join('dist', 'index.js'));
  assert.equal(dirname(shared ?? ''), join('dist', 'shared'));
  assert.deepEqual(others, []);
});

test('a start has Node.js load nothing that only other settings need', async (t) => {
  const { builtin } = await loadedWith(t, {});
  const others = ['http', 'http2', 'https', 'tls', 'zlib', 'readline', 'child_process', 'fs/promises', 'v8'];
  // Other systems have no random identifier in /proc.
  if (process.platform === 'linux') others.push('crypto');
  for (const name of others) assert.ok(!builtin.includes(`NativeModule ${name}`), name);
  const heavy = builtin.filter((name) => /undici|webcrypto|repl/.test(name));
  assert.deepEqual(heavy, []);
});

test('the hub has Node.js load nothing that its settings do not need', async (t) => {
  const child = await startChild(t, process.execPath, {
    args: ['--import', WATCH_HUB, '--import', 'pitot/instrumentation', '-e', 'setInterval(() => {}, 1000)'],
    cwd: REPOSITORY,
    env: { ...inherited(), OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
  });
  const [list = ''] = await child.line(/^\[.*\]$/);
  const builtin: readonly string[] = JSON.parse(list);
  assert.ok(builtin.includes('NativeModule http'));
  for (const name of ['crypto', 'tls', 'https', 'http2', 'fs/promises', 'internal/readline/interface']) {
    assert.ok(!builtin.includes(`NativeModule ${name}`), name);
  }
});

test('what measures a package is loaded with the package, and what measures node:sqlite with its first database', async (t) => {
  const sources = (...names: readonly string[]) => names.map((name) => join('dist/app/sources', name));
  for (const [program, expected] of [
    ["require('pg')", sources('databases/hooks.cjs')],
    ["require('kafkajs')", sources('messaging/hooks.cjs')],
    ["require('@grpc/grpc-js')", sources('rpc/hooks.cjs')],
    ["require('node:sqlite')", []],
    [
      "new (require('node:sqlite').DatabaseSync)(':memory:').exec('SELECT 1')",
      sources('databases/hooks.cjs'),
    ],
  ] as const) {
    const { files } = await loadedWith(t, {}, `${program}; process.exit()`);
    const loaded = files.filter((file) => file.startsWith(join('dist/app/sources/')));
    assert.deepEqual(loaded, expected, program);
  }
});

test('the official instrumentations are loaded where they are chosen', async (t) => {
  const { files } = await loadedWith(t, { PITOT_HTTP: 'official' });
  assert.ok(files.includes(join('dist/app/sources/official/bundled.cjs')));
});

test('no exporter, no YAML, no bcrypt and no page is in what the hub starts with', () => {
  assert.deepEqual([...packagesOf(join(DIST, 'hub', 'entry.js'))].toSorted(), [
    '@opentelemetry/api',
    '@opentelemetry/core',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-metrics',
    '@opentelemetry/semantic-conventions',
  ]);
  assert.doesNotMatch(
    readFileSync(join(DIST, 'hub', 'entry.js'), 'utf8'),
    /^\/\/ src\/hub\/page\/page\.ts$/m,
  );
});

test("on the application's thread there is nothing of the hub", () => {
  assert.deepEqual([...packagesOf(join(DIST, 'index.js'))], ['@opentelemetry/api']);
});
