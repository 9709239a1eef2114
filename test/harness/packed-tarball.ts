import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Lifetime } from './lifetime.ts';
import { inherited, REPOSITORY } from './service.ts';

const execute = promisify(execFile);

/** Where the tarball says that it comes from. There is no such repository. */
export const ORIGIN = 'https://github.com/example/pitot';

/** Files that a build makes or does not need. The others are copied to the folder that makes the tarball. */
const NOT_COPIED = new Set(['.git', '.cache', 'dist', 'node_modules']);

let packed: Promise<string> | undefined;

/**
 * Installs the package's tarball as a user would, into an empty directory outside the repository, together
 * with what else is named (`express@5.3.0`), and returns the directory. It goes when the lifetime ends.
 */
export async function installPacked(lifetime: Lifetime, others: readonly string[] = []): Promise<string> {
  const tarball = await packedTarball();
  const folder = await mkdtemp(join(tmpdir(), 'pitot-installed-'));
  lifetime.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true }));
  await npm(folder, ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, ...others]);
  return folder;
}

/** The path of the package's tarball; it goes when this process ends. */
export function packedTarball(): Promise<string> {
  packed ??= pack();
  return packed;
}

/**
 * Makes the tarball of a release, once in a process, and returns its path. It is made from a copy of the repository,
 * because packing builds, and the tests that run beside this one need `dist`.
 */
async function pack(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-packed-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const copy = join(folder, 'repository');
  await cp(REPOSITORY, copy, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) });
  await symlink(join(REPOSITORY, 'node_modules'), join(copy, 'node_modules'));
  const script = join(copy, 'build/pack.ts');
  const args = [script, '--remote', `${ORIGIN}.git`, '--destination', folder];
  const { stdout } = await execute(process.execPath, args, { env: outsideNpm() });
  return stdout.trim();
}

async function npm(cwd: string, args: readonly string[]): Promise<void> {
  await execute('npm', args, { cwd, env: outsideNpm(), maxBuffer: 16 * 1024 * 1024 });
}

/** The environment without what `npm test` tells its scripts, which another npm would take for its settings. */
function outsideNpm(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(inherited()).filter(
      ([name]) => !/^(npm_(package|lifecycle)_|npm_config_local_prefix|INIT_CWD)/.test(name),
    ),
  );
}
