import { fileURLToPath } from 'node:url';
import { builtFile, isSource, moduleOfPackage, requireOfPackage } from '../../base/package-files.ts';

/**
 * A part of the package that is loaded when it is first needed, and at once. The build makes it a CommonJS file of its
 * own (`build/bundle.ts`), with second copies of the modules that it shares with what is loaded already; copies share
 * the recorder, the diagnostics and the marks of manual measurements through symbols.
 *
 * @param path below `src`, without an ending
 * @returns loads it, once. Throws, each time, where that failed.
 */
export function onDemand<Part>(path: string): () => Part {
  let result: { readonly part: Part } | { readonly error: unknown } | undefined;
  return () => {
    result ??= attempt(path);
    if ('error' in result) throw result.error;
    return result.part;
  };
}

function attempt<Part>(path: string): { readonly part: Part } | { readonly error: unknown } {
  try {
    const file = isSource ? moduleOfPackage(path) : builtFile(`${path}.cjs`);
    return { part: requireOfPackage()(fileURLToPath(file)) };
  } catch (error) {
    return { error };
  }
}
