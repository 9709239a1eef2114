/**
 * The cost and the side effects of watching the modules that an application loads: `node bench/loading.ts`.
 *
 * An application of 100 packages and 3,000 CommonJS modules is loaded under each way, in turns. `cpu` is the median
 * processor time of loading, `cached` that of one `require` that is in the cache, `frames` the length of the stack
 * of a `require` that fails, and `DEP0040` whether a package that requires `punycode` gives a warning.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './median.ts';

const ROUNDS = Number(process.argv[2] ?? 15);
const PACKAGES = 100;
const FILES = 29;

const PITOT = new URL('../src/app/patching/loading.ts', import.meta.url).href;

const WAYS = {
  nothing: '',
  pitot: `import { whenLoaded } from '${PITOT}'; whenLoaded('pg', () => {});`,
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
  console.log(`Node.js ${process.version}, medians of ${ROUNDS} rounds`);
  console.log('| way | cpu, ms | cached, ns | frames | DEP0040 |\n|---|---|---|---|---|');
  for (const [way, all] of results) {
    const [cpu, cached] = [median(all.map((one) => one.cpu)), median(all.map((one) => one.cached))];
    const [one] = all;
    console.log(
      `| ${way} | ${cpu.toFixed(0)} | ${cached.toFixed(0)} | ${one?.frames} | ${one?.warns ? 'yes' : 'no'} |`,
    );
  }
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
    const start = process.cpuUsage();
    for (let i = 0; i < ${PACKAGES}; i++) require('package' + i);
    const { user, system } = process.cpuUsage(start);
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
