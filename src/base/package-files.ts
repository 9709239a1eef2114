import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageVersion } from './pitot-scope.ts';

/*
 * Finds files of this package that pitot does not import, but starts, loads or serves later. It finds them by the
 * package's name, because the build moves code into other files, and an application may bundle pitot.
 */

/** Code of the error where the package is not found. */
export const NOT_INSTALLED = 'PITOT_NOT_INSTALLED';

/** Where this code runs. Bundlers leave nothing there in CommonJS, and webpack the path of the build. */
const here: string | undefined = import.meta.url;

/** Whether the sources run, and not the build. */
export const isSource = here?.endsWith('.ts') === true;

let found: URL | undefined;

/** A module of the sources or of the build, whichever runs. @param path below `src`, without an ending */
export function moduleOfPackage(path: string): URL {
  return new URL(isSource ? `src/${path}.ts` : `dist/${path}.js`, root());
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

/** The `require` of this package's own files and dependencies. */
export function requireOfPackage(): NodeJS.Require {
  return createRequire(new URL('package.json', root()));
}

/** The folder of the installed package, of the same version. In a bundle it may be missing. */
function root(): URL {
  found ??= find();
  return found;
}

function find(): URL {
  const version = packageVersion();
  let other: string | undefined;
  for (const manifest of manifests()) {
    if (manifest === undefined) continue;
    const { url, version: installed } = manifest;
    const isComplete = isSource || existsSync(new URL('dist/hub/entry.js', url));
    if (installed === version && isComplete) return url;
    other ??= isComplete ? `only pitot ${installed} is` : 'only a part of it is';
  }
  const reason = other === undefined ? '' : `: ${other}`;
  const error = new Error(`pitot ${version ?? ''} is not installed where this bundle runs${reason}`);
  throw Object.assign(error, { code: NOT_INSTALLED });
}

interface Manifest {
  readonly url: URL;
  readonly name?: unknown;
  readonly version?: unknown;
}

/**
 * The package's manifest as found from this file, the program, a single executable and the working directory. Where no
 * application has bundled this file, the manifest is in a folder above: looking there takes half the time of resolving.
 */
function* manifests(): Generator<Manifest | undefined> {
  yield manifestAbove();
  for (const place of [here, process.argv[1], process.execPath, workingDirectory()])
    yield manifestFrom(place);
}

/** This file is in `dist/shared` or `src/base`, and its copies are in `dist`. */
function manifestAbove(): Manifest | undefined {
  if (here?.startsWith('file:') !== true) return undefined;
  for (const path of ['../../package.json', '../package.json']) {
    try {
      const manifest = manifestAt(new URL(path, here));
      if (manifest.name === 'pitot') return manifest;
    } catch {
      // There is none, or something else.
    }
  }
  return undefined;
}

function workingDirectory(): string | undefined {
  try {
    return join(process.cwd(), 'package.json');
  } catch {
    // It was removed.
    return undefined;
  }
}

function manifestFrom(place: string | undefined): Manifest | undefined {
  try {
    return place === undefined
      ? undefined
      : manifestAt(pathToFileURL(createRequire(place).resolve('pitot/package.json')));
  } catch {
    return undefined;
  }
}

function manifestAt(url: URL): Manifest {
  return { ...JSON.parse(readFileSync(url, 'utf8')), url };
}
