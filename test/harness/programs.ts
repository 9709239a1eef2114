import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that are not npm packages, with the Debian package that has each. */
const DEBIAN_PACKAGES = {
  amtool: 'prometheus-alertmanager',
  chromium: 'chromium',
  initdb: 'postgresql',
  'mariadb-install-db': 'mariadb-server',
  mariadbd: 'mariadb-server',
  openssl: 'openssl',
  postgres: 'postgresql',
  prlimit: 'util-linux',
  prometheus: 'prometheus',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  promtool: 'prometheus',
  'redis-server': 'redis-server',
  script: 'bsdutils',
  unshare: 'util-linux',
} as const;

/** Debian keeps the programs of each version of PostgreSQL in a folder of its own, off the PATH. */
const POSTGRESQL_VERSIONS = '/usr/lib/postgresql';

/** What `npm run stack:install` builds, and where it puts it. */
const BUILT = 'pitot-collector';
const BUILT_FOLDER = join(import.meta.dirname, '../../.cache/otel-collector');

export type Program = keyof typeof DEBIAN_PACKAGES | typeof BUILT;

/** The program's path; an error that says how to get it when it is not installed. */
export function program(name: Program): string {
  const folders =
    name === BUILT ? [BUILT_FOLDER] : [...(process.env.PATH ?? '').split(delimiter), ...postgresqlFolders()];
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  const remedy = name === BUILT ? 'npm run stack:install' : `apt-get install ${DEBIAN_PACKAGES[name]}`;
  throw new Error(`${name} is not installed: ${remedy}`);
}

function postgresqlFolders(): string[] {
  try {
    return readdirSync(POSTGRESQL_VERSIONS).map((version) => join(POSTGRESQL_VERSIONS, version, 'bin'));
  } catch {
    return [];
  }
}

/**
 * For the `skip` option of a test that needs programs: the reason to skip it, or false when all of them
 * are there. With CI set a test is never skipped: it runs, and fails where it asks for its program.
 */
export function skipWithout(...names: readonly Program[]): string | false {
  if (process.env.CI) return false;
  try {
    names.forEach(program);
    return false;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
