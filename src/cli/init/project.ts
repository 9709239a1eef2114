import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';

/** What a directory tells of the service in it. */
export interface Project {
  /** A service's name by that of the package, or of the directory. */
  readonly name: string;
  /** The file that starts it: as package.json tells, or one that usually does. */
  readonly main: string;
  /** Whether pitot is installed in it. */
  readonly hasPitot: boolean;
}

interface PackageJson {
  readonly name?: unknown;
  readonly main?: unknown;
  readonly scripts?: { readonly start?: unknown };
}

const USUAL = ['app', 'server', 'index', 'main', 'src/app', 'src/server', 'src/index', 'src/main'].flatMap(
  (name) => [`${name}.js`, `${name}.mjs`, `${name}.cjs`],
);

export function projectIn(directory: string): Project {
  const { name, main, scripts } = packageJson(directory);
  const [, started] = /^node (?:-\S+ )*(\S+\.[cm]?[jt]s)\b/.exec(String(scripts?.start)) ?? [];
  return {
    name: serviceName(typeof name === 'string' ? name : basename(resolve(directory))),
    main: started ?? existing(directory, typeof main === 'string' ? [main, ...USUAL] : USUAL),
    hasPitot: isInstalled(directory),
  };
}

/** The first of these files that is there; where none is, the first. */
function existing(directory: string, files: readonly string[]): string {
  return files.find((file) => existsSync(join(directory, file))) ?? files[0] ?? 'app.js';
}

function packageJson(directory: string): PackageJson {
  const file = join(directory, 'package.json');
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PackageJson;
  } catch {
    return {};
  }
}

/** Without the scope, in the letters that a service's name may have here. */
function serviceName(name: string): string {
  const letters = name
    .replace(/^@[^/]*\//, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return letters.slice(0, 63).replace(/^-+|-+$/g, '') || 'app';
}

function isInstalled(directory: string): boolean {
  try {
    createRequire(join(resolve(directory), 'package.json')).resolve('pitot/package.json');
    return true;
  } catch {
    return false;
  }
}
