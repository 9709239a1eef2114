import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type LoadedPackage, whenLoaded } from '../../../src/app/patching/loading.ts';
import { inherited } from '../../harness/service.ts';

const folder = mkdtempSync(join(tmpdir(), 'pitot-loading-'));
after(() => rmSync(folder, { recursive: true }));

function write(file: string, text: string): string {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function install(name: string, files: Readonly<Record<string, string>>): void {
  const manifest = { name, version: '1.2.3', main: 'lib/main.js' };
  write(`node_modules/${name}/package.json`, JSON.stringify(manifest));
  for (const [file, text] of Object.entries(files)) write(`node_modules/${name}/${file}`, text);
}

const installed = createRequire(join(folder, 'app.js'));

test('a listener hears of a package after its main file ran, before the requiring module goes on', () => {
  install('driver', { 'lib/main.js': 'require("./other"); exports.name = "main";', 'lib/other.js': '' });
  const told: LoadedPackage[] = [];
  const stop = whenLoaded('driver', (loaded) => {
    told.push(loaded);
    Reflect.set(Object(loaded.exports), 'isPatched', true);
  });
  installed('driver/lib/other.js');
  assert.deepEqual(told, []);
  const driver = installed('driver');
  assert.equal(driver.isPatched, true);
  assert.equal(installed('driver'), driver);
  const module = installed.cache[installed.resolve('driver')];
  stop();
  assert.deepEqual(told, [
    { exports: driver, version: '1.2.3', folder: join(folder, 'node_modules/driver') },
  ]);
  assert.deepEqual(Object.getOwnPropertyDescriptor(module, 'exports'), {
    value: driver,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  assert.equal(Object.hasOwn(Module.prototype, 'loaded'), false);
});

test('a listener hears of imports, scopes, a file of one package and a file of any package', async () => {
  install('@scope/driver', { 'lib/main.js': 'exports.name = "scoped";' });
  install('framework-four', { 'lib/main.js': 'require("./router/index.js");', 'lib/router/index.js': '' });
  const told: string[] = [];
  const stops = ['@scope/driver', '@scope/driver/lib/main.js', '*/lib/router/index.js'].map((watched) =>
    whenLoaded(watched, () => told.push(watched)),
  );
  const app = write('app.mjs', "export { name } from '@scope/driver'; import 'framework-four';");
  assert.equal((await import(pathToFileURL(app).href)).name, 'scoped');
  assert.deepEqual(told.sort(), ['*/lib/router/index.js', '@scope/driver', '@scope/driver/lib/main.js']);
  for (const stop of stops) stop();
});

test('a watched package is loaded with no more modules than its own and one that finds its main file', () => {
  install('counted', { 'lib/main.js': '' });
  let made = 0;
  // The accessor of another tool, which pitot goes on to call.
  Object.defineProperty(Module.prototype, 'loaded', {
    configurable: true,
    get: () => undefined,
    set: () => made++,
  });
  const stop = whenLoaded('counted', () => {});
  made = 0;
  installed('counted');
  stop();
  Reflect.deleteProperty(Module.prototype, 'loaded');
  assert.equal(made, 2);
});

test('a listener hears at once of a loaded copy, and again of a second copy', () => {
  install('early', { 'lib/main.js': 'exports.name = "early";' });
  const first = installed('early');
  const told: unknown[] = [];
  const stop = whenLoaded('early', ({ exports }) => told.push(exports));
  assert.deepEqual(told, [first]);
  delete installed.cache[installed.resolve('early')];
  const second = installed('early');
  stop();
  delete installed.cache[installed.resolve('early')];
  installed('early');
  assert.deepEqual(told, [first, second]);
});

test('modules of a circle, one that throws, and a listener that throws are as they would be', () => {
  install('circle', {
    'lib/main.js': 'exports.before = 1; exports.seen = { ...require("./back") }; exports.after = 2;',
    'lib/back.js': 'Object.assign(exports, require("./main"));',
    'lib/broken.js': 'throw new RangeError("broken");',
  });
  const stops = ['circle', 'circle/lib/broken.js'].map((watched) =>
    whenLoaded(watched, () => {
      throw new Error('the listener');
    }),
  );
  assert.deepEqual(installed('circle'), { before: 1, seen: { before: 1 }, after: 2 });
  assert.throws(() => installed('circle/lib/broken.js'), RangeError);
  for (const stop of stops) stop();
});

const WATCHING = `data:text/javascript,${encodeURIComponent(`
  import { whenLoaded } from ${JSON.stringify(new URL('../../../src/app/patching/loading.ts', import.meta.url).href)};
  whenLoaded('driver', () => {});
`)}`;

test('stacks, warnings and modules are those of a process that watches nothing', () => {
  install('old', { 'lib/main.js': 'require("punycode");' });
  install('deep', { 'lib/main.js': 'throw new Error("deep");' });
  const app = write(
    'app.cjs',
    `Error.stackTraceLimit = 50;
    require('old');
    require('driver');
    for (const name of ['deep', 'missing']) try { require(name); } catch (error) { console.log(error.stack); }
    console.log(module);`,
  );
  const run = (preload: string) =>
    execFileSync(process.execPath, ['--throw-deprecation', '--import', preload, app], {
      env: inherited(),
      encoding: 'utf8',
    });
  assert.equal(run(WATCHING), run('data:text/javascript,'));
});
