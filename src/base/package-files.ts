import { pathToFileURL } from 'node:url';

/*
 * Finds files of this package that pitot does not import, but starts, loads or serves later. It finds them by the
 * package's name, because the build moves code into other files.
 */

/** A module of the sources or of the build, whichever runs. @param path below `src`, without an ending */
export function moduleOfPackage(path: string): URL {
  const folder = root();
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? `src/${path}.ts` : `dist/${path}.js`, folder);
}

/** A file or folder that only the build makes. The sources run beside it. */
export function builtFile(path: string): URL {
  return new URL(`dist/${path}`, root());
}

/** Whether it is one of this package's own files, and not one into which an application bundled the package. */
export function isFileOfPackage(file: string): boolean {
  const url = file.startsWith('file:') ? file : pathToFileURL(file).href;
  try {
    return ['src/', 'dist/'].some((folder) => url.startsWith(new URL(folder, root()).href));
  } catch {
    return false;
  }
}

/** Looked up on demand: where an application is bundled, the package may be missing. */
function root(): string {
  try {
    // In a CommonJS bundle `import.meta` is an empty object.
    return import.meta.resolve('pitot/package.json');
  } catch (cause) {
    throw new Error(
      'the package pitot is not where this bundle runs; leave it out of the bundle (external) and install it there',
      { cause },
    );
  }
}
