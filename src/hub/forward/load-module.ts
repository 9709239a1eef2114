import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { constants, Script } from 'node:vm';
import { reasonOf } from '../../base/reason.ts';
import type { ExporterModule } from '../../config/parsers/exporters.ts';

/**
 * The class that the module exports. Rejects with an error that says what to do.
 *
 * @param folders the directories from which packages are looked up, the first that has it wins
 */
export async function loadClass(
  { module, export: name = 'default' }: ExporterModule,
  folders: readonly string[],
): Promise<new (options: unknown) => object> {
  const namespace = await importFrom(module, folders);
  // Named exports of a CommonJS module are not always recognised; its default export has them all.
  const { default: fallback } = namespace;
  const inDefault = typeof fallback === 'object' && fallback !== null ? Object.entries(fallback) : [];
  const exported = namespace[name] ?? Object.fromEntries(inDefault)[name];
  if (typeof exported === 'function') return exported as new (options: unknown) => object;
  const classes = [...new Set([...Object.entries(namespace), ...inDefault])]
    .filter(([, value]) => typeof value === 'function')
    .map(([key]) => key);
  throw new Error(
    `it exports no class ${name}; name one in \`export\`: ${[...new Set(classes)].join(', ') || 'it has none'}`,
  );
}

async function importFrom(
  module: string,
  folders: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  if (module.startsWith('file:')) return import(module);
  if (isAbsolute(module)) return import(pathToFileURL(module).href);
  for (const folder of folders) {
    const file = join(folder, 'pitot-imports.mjs');
    try {
      return await import(pathToFileURL(createRequire(file).resolve(module)).href);
    } catch (error) {
      if (codeOf(error) === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return importLike(file, module);
      if (!isMissing(error, module)) throw error;
    }
  }
  throw new Error(
    `it is not installed in ${folders.join(' or ')}; install it there, or give the URL that import.meta.resolve() ` +
      'returns for it',
  );
}

/** Whether the module itself is missing, and not one that it requires. */
function isMissing(error: unknown, module: string): boolean {
  return codeOf(error) === 'MODULE_NOT_FOUND' && reasonOf(error).includes(`'${module}'`);
}

/**
 * Imports a module as that file would. Packages without an entry for `require` need `import` itself to resolve them,
 * for which Node.js 24 prints a warning (`vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER`).
 */
function importLike(file: string, module: string): Promise<Readonly<Record<string, unknown>>> {
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const script = new Script('(module) => import(module)', { filename: file, importModuleDynamically });
  return script.runInThisContext()(module);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
