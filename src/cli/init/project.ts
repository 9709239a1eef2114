import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';

/** The facts that a directory reveals about its service. */
export interface Project {
  /** The service's name, derived from the name of the package or directory. */
  readonly name: string;
  /** The file that starts it: the one that package.json names, or a usual one. */
  readonly main: string;
  /** Whether the project has pitot installed. */
  readonly hasPitot: boolean;
  /** The package manager whose lock file the project has; npm where there is none. */
  readonly manager: PackageManager;
  /** Whether it has the lock file of npm, from which deploy/Dockerfile installs. */
  readonly hasNpmLock: boolean;
}

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun';

interface PackageJson {
  readonly name?: unknown;
  readonly main?: unknown;
  readonly scripts?: { readonly start?: unknown };
}

const USUAL = ['app', 'server', 'index', 'main', 'src/app', 'src/server', 'src/index', 'src/main'].flatMap(
  (name) => [`${name}.js`, `${name}.mjs`, `${name}.cjs`],
);

const LOCK_FILES: readonly (readonly [file: string, manager: PackageManager])[] = [
  ['package-lock.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
];

export function projectIn(directory: string): Project {
  const { name, main, scripts } = packageJson(directory);
  const [, started] = /^node (?:-\S+ )*(\S+\.[cm]?[jt]s)\b/.exec(String(scripts?.start)) ?? [];
  const locks = LOCK_FILES.filter(([file]) => existsSync(join(directory, file)));
  const [[, manager] = ['', 'npm'] as const] = locks;
  return {
    name: serviceName(typeof name === 'string' ? name : basename(resolve(directory))),
    main: started ?? existing(directory, typeof main === 'string' ? [main, ...USUAL] : USUAL),
    hasPitot: isInstalled(directory),
    manager,
    hasNpmLock: locks.some(([, manager]) => manager === 'npm'),
  };
}

/** The first of these files that exists, or else the first of them. */
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

/** Without the scope, and only with the characters that a service's name may have here. */
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
