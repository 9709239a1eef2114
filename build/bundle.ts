/**
 * Bundles what `tsc` has declared: `node build/bundle.ts`. Reading and linking a few hundred small modules is most of
 * what a start would take, so what runs together is one file. See "Loading" in docs/architecture.md.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const names = new RegExp(`^(node:.+|${builtinModules.join('|')})$`);

/** Has the built-in modules of CommonJS packages asked for at run time: an ES module has no `require`. */
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
 * Has our own asked for at run time, too. An `import` of one would evaluate each of its exports, and `node:fs` loads
 * files' streams, promises and the terminal's line editor for that. Node.js before 20.16 cannot do this.
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
 * Bundles the OpenTelemetry API, whose fifty files take about as long to load as all of ours, under the version that
 * is installed. Copies of the API share what is registered in a global object, if their versions allow it: a copy reads
 * from one of a later minor version, and registers only beside its own. (`internal/global-utils` of the API) So ours
 * has to be the version that the application and its instrumentations have.
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
  // What is imported when it is needed is a file of its own.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.15',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
} satisfies BuildOptions;

// One module is in one file of these only: the door and the application share the recorder.
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

/** The licences of the packages that the files are of, with their names and versions. */
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
