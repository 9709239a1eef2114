/**
 * The cost and the side effects of watching the modules that an application loads: `node bench/loading.ts`.
 *
 * An application of 100 packages and 3,000 CommonJS modules is loaded under each way, in turns. The table has the
 * median processor time of the application's thread, the time of one `require` that is in the cache, the length of the
 * stack of a `require` that fails, and whether a package that requires `punycode` gives a warning (DEP0040).
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table, writeResults } from './results.ts';
import { median } from './statistics.ts';

const ROUNDS = Number(process.argv[2] ?? 15);
const PACKAGES = 100;
const FILES = 29;

const DESCRIPTION = "3,000 CommonJS modules of 100 packages; processor time of the application's thread.";

const PITOT = new URL('../src/app/patching/loading.ts', import.meta.url).href;
const DOOR = new URL('../dist/instrumentation.js', import.meta.url).href;

const WAYS = {
  nothing: '',
  pitot: `import { whenLoaded } from '${PITOT}'; whenLoaded('pg', () => {});`,
  'pitot, all sources': `import '${DOOR}';`,
  'tracing:module.require': `import { subscribe } from 'node:diagnostics_channel';
    subscribe('tracing:module.require:end', () => {});`,
  'registerHooks({ resolve })': `import { registerHooks } from 'node:module';
    registerHooks({ resolve: (specifier, context, next) => next(specifier, context) });`,
  'registerHooks({ load })': `import { registerHooks } from 'node:module';
    registerHooks({ load: (url, context, next) => next(url, context) });`,
  'Module._load': `import { Module } from 'node:module';
    const load = Module._load;
    Module._load = function (...args) { return Reflect.apply(load, this, args); };`,
};

interface Result {
  readonly cpu: number;
  readonly cached: number;
  readonly frames: number;
  readonly warns: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'pitot-bench-'));
try {
  const app = writeApplication(folder);
  const results = new Map(Object.keys(WAYS).map((way) => [way, [] as Result[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [way, source] of Object.entries(WAYS)) results.get(way)?.push(run(app, source));
  }
  const rows = [...results].map(([way, all]) => [
    way,
    median(all.map((one) => one.cpu)).toFixed(0),
    median(all.map((one) => one.cached)).toFixed(0),
    String(all[0]?.frames),
    all[0]?.warns === true ? 'yes' : 'no',
  ]);
  const header = ['', 'CPU, ms', 'a cached require, ns', 'frames of an error', 'warns of punycode'];
  writeResults('loading', `${DESCRIPTION}\n\n${table(header, rows)}`, []);
} finally {
  rmSync(folder, { recursive: true });
}

function writeApplication(root: string): string {
  for (let i = 0; i < PACKAGES; i++) {
    const place = join(root, `node_modules/package${i}`);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name: `package${i}`, main: 'index.js' }));
    let index = i === 0 ? "require('punycode');\n" : '';
    for (let file = 0; file < FILES; file++) {
      writeFileSync(join(place, `file${file}.js`), `exports.name = 'file${file}';\n`);
      index += `require('./file${file}');\n`;
    }
    writeFileSync(join(place, 'index.js'), index);
  }
  const app = join(root, 'app.cjs');
  writeFileSync(
    app,
    `Error.stackTraceLimit = 50;
    const start = process.threadCpuUsage();
    for (let i = 0; i < ${PACKAGES}; i++) require('package' + i);
    const { user, system } = process.threadCpuUsage(start);
    const begin = performance.now();
    for (let i = 0; i < 100_000; i++) require('package1');
    const cached = (performance.now() - begin) * 10;
    let frames;
    try { require('missing'); } catch ({ stack }) { frames = stack.split('\\n    at ').length - 1; }
    console.log(JSON.stringify({ cpu: (user + system) / 1000, cached, frames }));`,
  );
  return app;
}

function run(app: string, source: string): Result {
  const preload = `data:text/javascript,${encodeURIComponent(source)}`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', preload, app], { encoding: 'utf8' });
  return { ...JSON.parse(stdout), warns: stderr.includes('DEP0040') };
}
