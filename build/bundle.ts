/**
 * Bundles the package: `node build/bundle.ts`, after `tsc` has written the declarations. Reading and linking a few
 * hundred small modules would take most of the start, so modules that run together are one file. See "Loading" in
 * docs/architecture.md.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const names = new RegExp(`^(node:.+|${builtinModules.join('|')})$`);

/** Loads the built-in modules of CommonJS packages at run time, because an ES module has no `require`. */
const builtinsOfPackages: Plugin = {
  name: 'built-in modules of packages',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: names }, ({ path, importer }) =>
      /[\\/]node_modules[\\/]/.test(importer)
        ? { path, namespace: 'builtin', sideEffects: false }
        : undefined,
    );
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/**
 * Loads our own built-in modules at run time too. An `import` would evaluate each of a module's exports, for which
 * `node:fs` loads file streams, promises and the terminal's line editor. Needs Node.js 20.16 or later.
 */
const ownBuiltins: Plugin = {
  name: 'built-in modules',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(
        /^import \{([^}]*)\} from ('node:[^']+');$/gm,
        (_, names: string, module: string) => {
          const values = names.split(',').filter((name) => !/^\s*(type .*)?$/s.test(name));
          return `const {${values.join(',').replaceAll(' as ', ': ')}} = process.getBuiltinModule(${module});`;
        },
      ),
      loader: 'ts',
    }));
  },
};

/**
 * Bundles the OpenTelemetry API, whose fifty files take about as long to load as all of ours, under the installed
 * version. Copies of the API share their registrations in a global object, if their versions allow it: a copy reads the
 * registrations of a later minor version, but registers only beside its own version (`internal/global-utils` of the API).
 * Our copy must therefore report the version that the application and its instrumentations have.
 */
const installedApi: Plugin = {
  name: 'installed API',
  setup({ onLoad, onEnd }) {
    let replaced = 0;
    onEnd(() => {
      if (replaced !== 2) throw new Error('the API keeps its version in other files than it did');
    });
    onLoad({ filter: /api[\\/]dist[\\/]version\.mjs$/ }, async ({ path }) => {
      const built = /VERSION = ("[^"]+")/.exec(await readFile(path, 'utf8'))?.[1];
      if (built === undefined) throw new Error(`${path} holds no version`);
      replaced++;
      return {
        contents: `
          export const VERSION = installed() ?? ${built};
          function installed() {
            try {
              const { findPackageJSON } = process.getBuiltinModule('node:module');
              const { readFileSync } = process.getBuiltinModule('node:fs');
              return JSON.parse(readFileSync(findPackageJSON('@opentelemetry/api', import.meta.url), 'utf8')).version;
            } catch {}
          }`,
      };
    });
    onLoad({ filter: /api[\\/]dist[\\/]internal[\\/]global-utils\.mjs$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replace(/api\.version !== "[^"]+"/, 'api.version !== VERSION');
      if (contents === text) throw new Error(`${path} compares no version`);
      replaced++;
      return { contents };
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
  plugins: [installedApi, builtinsOfPackages, ownBuiltins],
});
const hub = await build({
  ...common,
  entryPoints: ['src/hub/entry.ts'],
  chunkNames: 'hub/[name]-[hash]',
  plugins: [builtinsOfPackages, ownBuiltins],
});
const others = await build({
  ...common,
  entryPoints: ['src/cli/main.ts', 'src/config/declarative/file.ts'],
  chunkNames: 'cli/[name]-[hash]',
  plugins: [builtinsOfPackages],
});
await writeFile(
  join(root, 'dist/THIRD-PARTY-LICENSES.txt'),
  await licenses([application, hub, others].flatMap(({ metafile }) => Object.keys(metafile.inputs))),
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
