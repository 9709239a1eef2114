import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { withSources } from '../../../src/hub/stalls/source-maps.ts';

const SOURCE =
  'interface Row {\n  id: number;\n}\n\nexport function importRows(): Row {\n  throw new Error("x");\n}\n';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'pitot-maps-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** Where the bundle throws, as V8 gives it. */
async function thrownAt(file: string): Promise<{ line: number; column: number }> {
  const { importRows } = await import(pathToFileURL(file).href);
  try {
    importRows();
  } catch (error) {
    const [, line, column] = /:(\d+):(\d+)\)?$/m.exec(String((error as Error).stack)) ?? [];
    return { line: Number(line), column: Number(column) };
  }
  throw new Error('nothing was thrown');
}

for (const sourcemap of ['inline', 'linked'] as const) {
  test(`a frame of a minified bundle has the position of its source, with a map that is ${sourcemap}`, async (t) => {
    const path = folder(t);
    const source = join(path, 'import.ts');
    writeFileSync(source, SOURCE);
    const outfile = join(path, 'bundle.mjs');
    await build({ entryPoints: [source], outfile, bundle: true, minify: true, format: 'esm', sourcemap });
    const file = pathToFileURL(outfile).href;
    const [frame] = await withSources([{ name: 'importRows', file, ...(await thrownAt(outfile)) }]);
    assert.deepEqual([frame?.file, frame?.line], [pathToFileURL(source).href, 6]);
  });
}

test('a frame keeps its position if its map is missing or broken, or there is none', async (t) => {
  const path = folder(t);
  const files = ['missing', 'broken', 'none'].map((name) => join(path, `${name}.js`));
  writeFileSync(files[0]!, 'x\n//# sourceMappingURL=missing.js.map\n');
  writeFileSync(files[1]!, 'x\n//# sourceMappingURL=data:application/json;base64,e30\n');
  writeFileSync(files[2]!, 'x\n');
  const frames = [...files, join(path, 'absent.js'), 'node:fs', 'webpack://app/main.js'].map((file) => {
    return { name: 'f', file, line: 1, column: 1 };
  });
  assert.deepEqual(await withSources(frames), frames);
});

test('a TypeScript file that a loader has compiled in memory loses a position that it cannot have', async (t) => {
  const file = join(folder(t), 'main.ts');
  writeFileSync(file, 'const a = 1;\n');
  const frames = [3, 300].map((column) => ({ name: 'f', file, line: 1, column }));
  assert.deepEqual(
    (await withSources(frames)).map(({ line, column }) => [line, column]),
    [
      [1, 3],
      [0, 0],
    ],
  );
});
