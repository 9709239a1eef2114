/**
 * The files for `require` and TypeScript of each export of the package: `node build/doors.ts`, after the bundles.
 *
 * An ES module is loaded by `import`; `require` gets a CommonJS file that hands over the same ES module, so that both have
 * one instance of pitot. Jest cannot `require` an ES module, nor can Node.js with `--no-experimental-require-module`: they
 * get the CommonJS bundle. The declarations that `tsc` emitted, one for each source, become one file for each door.
 */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

const root = fileURLToPath(new URL('../', import.meta.url));
const declarations = join(root, 'dist/declarations');
const { exports }: { exports: Readonly<Record<string, unknown>> } = JSON.parse(
  await readFile(join(root, 'package.json'), 'utf8'),
);
const doors = Object.keys(exports)
  .filter((name) => name !== './package.json')
  .map((name) => (name === '.' ? 'index' : name.slice('./'.length)));

for (const door of doors) {
  const text = await declarationsOf(join(declarations, `${door}.d.ts`));
  for (const ending of ['d.ts', 'd.cts']) await writeFile(join(root, 'dist', `${door}.${ending}`), text);
  await writeFile(join(root, 'dist', `${door}.cjs`), requiredDoor(door));
}
await cp(join(root, 'build/instrumentation.cjs'), join(root, 'dist/instrumentation.cjs'));
await rm(declarations, { recursive: true });

/** The CommonJS file of a door. */
function requiredDoor(door: string): string {
  // `require('pitot/prom-client')` gives an object, as `require('prom-client')` does, and not a module. TypeScript wants it
  // to have the default export of the declarations.
  const [module, copy, more] =
    door === 'prom-client'
      ? ['.default', 'promClient', 'module.exports.default = module.exports;\n']
      : ['', door, ''];
  return `'use strict';
try {
  module.exports = require('./${door}.js')${module};
} catch (error) {
  // Jest 29 takes the module for a script.
  if (error?.code !== 'ERR_REQUIRE_ESM' && error?.name !== 'SyntaxError') throw error;
  module.exports = require('./commonjs.cjs').${copy};
}
${more}`;
}

/** One file with all types of a door. Types of two doors are compatible by their structure. */
async function declarationsOf(file: string): Promise<string> {
  const bundle = await rolldown({
    input: file,
    external: [/^@opentelemetry\//, /^node:/],
    experimental: { attachDebugInfo: 'none' },
    plugins: [dts({ dtsInput: true, emitDtsOnly: true, tsconfig: false })],
  });
  const { output } = await bundle.generate({ format: 'es' });
  const [chunk, ...others] = output;
  if (chunk.type !== 'chunk' || others.length > 0)
    throw new Error(`the declarations of ${file} are in several files`);
  return chunk.code;
}
