/*
 * Where files of this package are that are not imported but started, loaded or served later. They are found by the
 * package's name, because a build puts code into other files than it was written in.
 */

/** A module, in the sources and in the build alike. @param path below `src`, without an ending */
export function moduleOfPackage(path: string): URL {
  const folder = root();
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? `src/${path}.ts` : `dist/${path}.js`, folder);
}

/** A file or folder that only the build makes; the sources are run beside that. */
export function builtFile(path: string): URL {
  return new URL(`dist/${path}`, root());
}

/** Looked up when it is asked for: in somebody's bundle the package may not be there, and nobody may ask. */
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
