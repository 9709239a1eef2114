import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { build, type Format } from 'esbuild';
import { startChildApp } from './helpers/child-app.ts';
import {
  EXPRESS_4,
  EXPRESS_5,
  everySteps,
  expected,
  perform,
  REGISTERED,
  type Step,
} from './helpers/express-script.ts';
import { summary } from './helpers/measured.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

/** A bundler of CommonJS packages into an ES module needs this, as its documentation says. */
const BANNER =
  "import { createRequire } from 'node:module'; import { dirname } from 'node:path'; " +
  'const require = createRequire(import.meta.url); const __dirname = dirname(import.meta.filename);';

async function bundled(t: TestContext, entry: string, format: Format): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-bundled-'));
  t.after(() => rm(folder, { recursive: true }));
  const outfile = join(folder, format === 'esm' ? 'app.mjs' : 'app.cjs');
  await build({
    entryPoints: [join(FIXTURES, entry)],
    outfile,
    format,
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    banner: { js: format === 'esm' ? BANNER : '' },
    logLevel: 'error',
  });
  return outfile;
}

for (const [entry, syntax] of [
  ['express5-main.mjs', EXPRESS_5],
  ['express4-main.cjs', EXPRESS_4],
] as const) {
  for (const format of ['esm', 'cjs'] as const) {
    test(`${entry} bundled into one file (${format}) has the same routes as unbundled`, async (t) => {
      const app = await bundled(t, entry, format);
      const { port, counted } = await startChildApp(t, { app, preload: 'preload.ts' });
      const steps = [...everySteps(syntax), ...registered(syntax)].filter(
        ([request]) => !/assets/.test(request),
      );
      await perform(port, steps);
      assert.deepEqual(summary(await counted('http.server.request.duration', steps.length)), expected(steps));
    });
  }

  test(`${entry} bundled into one file hides only the routers behind a function`, async (t) => {
    const app = await bundled(t, entry, 'esm');
    const { port, counted } = await startChildApp(t, { app, preload: 'preload.ts' });
    await perform(port, [['GET /replaceable/7/nested/8123/before/1', 200, undefined]]);
    assert.deepEqual(summary(await counted('http.server.request.duration', 1)), [
      ['method=GET status=200 route=/replaceable/:tenant/*/before/:x', 1],
    ]);
  });
}

/** Express 4 keeps the expression that a list of paths was compiled to, and not the list. */
function registered(syntax: { wildcard(path: string, name: string): string }): readonly Step[] {
  if (syntax === EXPRESS_5) return REGISTERED;
  const list = '/^\\/list\\/?(?=\\/|$)|^\\/lists(?:\\/([^/]+?))\\/?(?=\\/|$)/i';
  return REGISTERED.map(([request, status, route]) => [
    request,
    status,
    route?.replace('/list,/lists/:list', list),
  ]);
}
