/**
 * Bundles the package: `node build/bundle.ts`, after `tsc` has written the declarations. Reading and linking a few
 * hundred small modules would take most of the start, so modules that run together are one file. See "Loading" in
 * docs/architecture.md.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { builtinModules, createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const names = new RegExp(`^(node:.+|${builtinModules.join('|')})$`);

/** Asks for the built-in modules of CommonJS packages at run time: an ES module has no `require`. */
const requiredBuiltins: Plugin = {
  name: 'built-in modules that are required',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: names }, ({ path, kind }) =>
      kind === 'require-call' ? { path, namespace: 'required', sideEffects: false } : undefined,
    );
    onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/**
 * Asks for the others at run time, too. An `import` would evaluate every export: for `node:fs` that loads the streams of
 * files, promises and the terminal's line editor. Node.js before 20.16 cannot do this.
 */
const importedBuiltins: Plugin = {
  name: 'built-in modules that are imported',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: names }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'imported', sideEffects: false } : undefined,
    );
    onLoad({ filter: /./, namespace: 'imported' }, ({ path }) => ({ contents: builtinAsModule(path) }));
  },
};

/**
 * A built-in module as an ES module whose unused exports are left out. The bundle gives them names of their own,
 * because an application that bundles pitot often declares `createRequire` at the top of its own bundle.
 */
function builtinAsModule(path: string): string {
  const lines = Object.keys(process.getBuiltinModule(path) ?? {})
    .filter((name) => name !== 'default')
    .map(
      (name) =>
        `const builtin_${name} = /* @__PURE__ */ (() => builtin.${name})(); export { builtin_${name} as ${name} };`,
    );
  return [
    `const builtin = process.getBuiltinModule(${JSON.stringify(path)});`,
    'export default builtin;',
    ...lines,
  ].join('\n');
}

/**
 * Takes the CommonJS files of OpenTelemetry's packages. Some of their ES modules call `createRequire` for packages that
 * are CommonJS only, which would stay outside of the bundle.
 */
const commonjsBuilds: Plugin = {
  name: 'CommonJS builds',
  setup({ onResolve }) {
    onResolve({ filter: /^@opentelemetry\// }, ({ path, kind, resolveDir }) =>
      kind === 'import-statement'
        ? { path: createRequire(join(resolveDir, 'package.json')).resolve(path) }
        : undefined,
    );
  },
};

/**
 * Lets the API's copy in the bundle read the registrations of any copy of the API from 1.4 on. Unchanged, a copy
 * ignores registrations of an earlier minor version. This copy registers nothing: that would require equal versions.
 */
const readsEveryApi: Plugin = {
  name: 'reads every API',
  setup({ onLoad, onEnd }) {
    let replaced = 0;
    onLoad({ filter: /[\\/]@opentelemetry[\\/]api[\\/]dist[\\/]version\.cjs$/ }, () => {
      replaced++;
      return { contents: "exports.VERSION = '1.4.0';" };
    });
    onEnd(() => {
      if (replaced !== 1) throw new Error(`the version of the API was replaced ${replaced} times, not once`);
    });
  },
};

const root = fileURLToPath(new URL('../', import.meta.url));
const { version }: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const common = {
  absWorkingDir: root,
  define: { PITOT_VERSION: JSON.stringify(version) },
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  // Modules that are imported on demand get files of their own.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.15',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
} satisfies BuildOptions;

// Each module is in only one of these files, so that the preload and the application share the recorder.
const application = await build({
  ...common,
  entryPoints: ['src/instrumentation.ts', 'src/index.ts', 'src/instruments.ts'],
  chunkNames: 'shared/[name]-[hash]',
  plugins: [requiredBuiltins, importedBuiltins],
});
// Doors that few applications load: in the build above they would cut what every application loads into more files. So
// they have modules a second time; all copies share the recorder of their thread.
const aside = await build({
  ...common,
  entryPoints: ['src/prom-client.ts', 'src/testing.ts'],
  splitting: false,
  plugins: [requiredBuiltins, importedBuiltins],
});
// For programs that cannot `require` an ES module; see build/doors.ts.
const commonjs = await build({
  ...common,
  entryPoints: ['src/commonjs.ts'],
  format: 'cjs',
  splitting: false,
  outExtension: { '.js': '.cjs' },
  define: { ...common.define, 'import.meta.url': 'pitotUrl' },
  banner: { js: "const pitotUrl = require('node:url').pathToFileURL(__filename).href;" },
});
// What measures a package, loaded with it.
const onDemand = await build({
  ...common,
  entryPoints: ['databases/hooks', 'graphql/graphql', 'messaging/hooks', 'rpc/hooks'].map(
    (name) => `src/app/sources/${name}.ts`,
  ),
  // `require` of an ES module fails in Jest, and with --no-experimental-require-module.
  format: 'cjs',
  splitting: false,
  outExtension: { '.js': '.cjs' },
  define: { ...common.define, 'import.meta.url': 'pitotUrl' },
  banner: { js: "const pitotUrl = require('node:url').pathToFileURL(__filename).href;" },
});
for (const { inputs } of [application, aside, commonjs, onDemand].flatMap(({ metafile }) =>
  Object.values(metafile.outputs),
)) {
  // src/app/opentelemetry/shared-api.ts says why.
  const registry = Object.keys(inputs).find((path) => path.endsWith('api/dist/internal/global-utils.mjs'));
  if (registry !== undefined) throw new Error(`${registry} is in the application's bundle`);
}
const official = await build({
  ...common,
  entryPoints: ['src/app/sources/official/bundled.ts'],
  // It hooks into `require`, whose cache it looks into, and into the loader with the hooks that this was given.
  format: 'cjs',
  splitting: false,
  outExtension: { '.js': '.cjs' },
  external: ['import-in-the-middle'],
  plugins: [commonjsBuilds, readsEveryApi],
});
const hub = await build({
  ...common,
  entryPoints: ['src/hub/entry.ts', 'src/hub/http/security/password-thread.ts'],
  chunkNames: 'hub/[name]-[hash]',
  plugins: [requiredBuiltins, importedBuiltins],
});
const others = await build({
  ...common,
  entryPoints: ['src/cli/main.ts', 'src/config/declarative/file.ts'],
  chunkNames: 'cli/[name]-[hash]',
  plugins: [requiredBuiltins],
});
const builds = [application, aside, commonjs, official, onDemand, hub, others];
for (const file of builds.flatMap(({ metafile }) => Object.keys(metafile.outputs))) {
  // One other character doubles the memory of a file's text. esbuild escapes them, but not in regular expressions.
  const other = /.*\P{ASCII}.*/u.exec(await readFile(join(root, file), 'utf8'));
  if (other !== null) throw new Error(`${file} is not ASCII: ${other[0].trim()}`);
}
await writeFile(
  join(root, 'dist/THIRD-PARTY-LICENSES.txt'),
  await licenses(builds.flatMap(({ metafile }) => Object.keys(metafile.inputs))),
);

/** The licences of the packages that contain the files, with their names and versions. */
async function licenses(files: readonly string[]): Promise<string> {
  const folders = new Set(files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0]));
  const texts = [...folders]
    .filter((folder) => folder !== undefined)
    .toSorted()
    .map(async (folder) => {
      const { name, version, license } = JSON.parse(
        await readFile(join(root, folder, 'package.json'), 'utf8'),
      );
      const file = (await readdir(join(root, folder))).find((name) => /^licen[cs]e/i.test(name));
      const text = file === undefined ? '' : (await readFile(join(root, folder, file), 'utf8')).trim();
      return `${name} ${version} (${license})\n\n${text}\n`;
    });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`);
}
