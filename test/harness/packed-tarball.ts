import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Lifetime } from './lifetime.ts';
import { inherited, REPOSITORY } from './service.ts';

const execute = promisify(execFile);

/** What a build makes or does not need; everything else is copied to where the tarball is made. */
const NOT_COPIED = new Set(['.git', '.cache', 'dist', 'node_modules']);

let packed: Promise<string> | undefined;

/**
 * Installs the package's tarball as a user would, into an empty directory outside the repository, together
 * with what else is named (`express@5.3.0`), and returns the directory. It goes when the lifetime ends.
 */
export async function installPacked(lifetime: Lifetime, others: readonly string[] = []): Promise<string> {
  packed ??= pack();
  const tarball = await packed;
  const folder = await mkdtemp(join(tmpdir(), 'pitot-installed-'));
  lifetime.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true }));
  await npm(folder, ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, ...others]);
  return folder;
}

/**
 * The path of a tarball made by `npm pack` from a copy of the repository, once in a process. It is a copy
 * because packing builds, which takes `dist` away from under the tests that run beside this one.
 */
async function pack(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-packed-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const copy = join(folder, 'repository');
  await cp(REPOSITORY, copy, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) });
  await symlink(join(REPOSITORY, 'node_modules'), join(copy, 'node_modules'));
  const stdout = await npm(copy, ['pack', '--json', '--pack-destination', folder]);
  const [{ filename }]: [{ filename: string }] = JSON.parse(stdout.slice(stdout.indexOf('[')));
  return join(folder, filename);
}

async function npm(cwd: string, args: readonly string[]): Promise<string> {
  // What `npm test` tells its scripts about the repository would be taken for settings of this npm.
  const env = Object.fromEntries(
    Object.entries(inherited()).filter(
      ([name]) => !/^(npm_(package|lifecycle)_|npm_config_local_prefix|INIT_CWD)/.test(name),
    ),
  );
  const { stdout } = await execute('npm', args, { cwd, env, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}
