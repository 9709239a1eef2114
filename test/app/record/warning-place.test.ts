import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { build } from 'esbuild';
import { DOOR, REPOSITORY, startService } from '../../harness/service.ts';

/** Line 3 records what no counter takes, and line 4 creates another instrument of its name. */
const PROGRAM = `
const orders = meter.createCounter('orders');
function takeOrder(count) { orders.add(count); }
function createAgain() { meter.createHistogram('orders'); }
takeOrder(-1);
takeOrder(-1);
createAgain();
`;

function folder(t: TestContext): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'pitot-place-')));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('a warning about an instrument names the file and line that called it, once', async (t) => {
  const api = import.meta.resolve('@opentelemetry/api');
  const file = join(folder(t), 'orders.mjs');
  writeFileSync(file, `import { metrics } from '${api}'; const meter = metrics.getMeter('shop');${PROGRAM}`);
  const service = await startService(t, { nodeArgs: DOOR, args: [file] });
  await service.ended();
  const warnings = service.stderr.split('\n').filter((line) => line.includes('warning'));
  assert.equal(warnings.length, 2, service.stderr);
  assert.ok(warnings[0]?.includes('negative') && warnings[0].endsWith(`(${file}:3)`), warnings[0]);
  assert.ok(warnings[1]?.includes('of one name') && warnings[1].endsWith(`(${file}:4)`), warnings[1]);
});

test('so it does where the application and pitot are in one bundle, by its source map if that is on', async (t) => {
  const path = folder(t);
  const source = (name: string) => JSON.stringify(join(REPOSITORY, 'src', name));
  writeFileSync(
    join(path, 'orders.mjs'),
    `import { diag } from ${source('base/diag.ts')}; import { Recorder } from ${source('app/record/recorder.ts')};` +
      "diag.setLogger({ warn: (...parts) => console.log(parts.join(' ')) });" +
      `const meter = new Recorder().getMeter('shop');${PROGRAM}`,
  );
  const outfile = join(path, 'bundle.mjs');
  const platform = { platform: 'node', format: 'esm', target: 'node22' } as const;
  const define = { PITOT_VERSION: '"1.0.0"' };
  await build({
    ...{
      absWorkingDir: path,
      entryPoints: ['orders.mjs'],
      outfile,
      bundle: true,
      minify: true,
      sourcemap: true,
    },
    ...{ ...platform, define },
  });
  const run = (...flags: string[]) => {
    const text = execFileSync(process.execPath, [...flags, outfile], { cwd: path, encoding: 'utf8' });
    return text
      .trim()
      .split('\n')
      .map((line) => /\(([^()]*)\)$/.exec(line)?.[1]);
  };
  assert.deepEqual(run('--enable-source-maps'), ['orders.mjs:3', 'orders.mjs:4']);
  for (const place of run()) assert.match(place ?? '', /^bundle\.mjs:\d+$/);
});
