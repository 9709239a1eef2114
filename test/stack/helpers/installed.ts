import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packedTarball } from '../../harness/packed-tarball.ts';
import { inherited, REPOSITORY } from '../../harness/service.ts';

const execute = promisify(execFile);

/**
 * A folder with the named packages (`express@5.3.0`), installed once and kept below `.cache`. Peer ranges are passed over:
 * applications in the wild have such trees, and which ones work is what the tests find out.
 */
export async function installed(packages: readonly string[]): Promise<string> {
  const key = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 12);
  const folder = join(REPOSITORY, '.cache/neighbours', key);
  if (existsSync(folder)) return folder;
  const making = `${folder}.${process.pid}`;
  await mkdir(making, { recursive: true });
  try {
    await writeFile(join(making, 'package.json'), JSON.stringify({ name: 'neighbour', private: true }));
    await install(making, packages);
    await rename(making, folder);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return folder;
}

/** The same folder, with the tarball of a release of pitot in it. */
export async function installedBesidePitot(packages: readonly string[]): Promise<string> {
  const folder = await installed(packages);
  await install(folder, ['--no-save', await packedTarball()]);
  return folder;
}

/** Installs what is named into a folder that has other packages. */
export async function install(folder: string, packages: readonly string[]): Promise<void> {
  const options = ['--legacy-peer-deps', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  await execute('npm', ['install', ...options, ...packages], {
    cwd: folder,
    env: inherited(),
    maxBuffer: 2 ** 24,
  });
}
