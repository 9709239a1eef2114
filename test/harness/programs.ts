import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ALERTMANAGER, KUSTOMIZE, MANIFESTS, PROMETHEUS } from '../stack/go-programs.ts';
import { KAFKA } from '../stack/kafka.ts';

/** Programs that are not npm packages, with the Debian package that has each. */
const DEBIAN_PACKAGES = {
  chromium: 'chromium',
  epmd: 'rabbitmq-server',
  faketime: 'faketime',
  go: 'golang-go',
  initdb: 'postgresql',
  ip: 'iproute2',
  'mariadb-install-db': 'mariadb-server',
  mariadbd: 'mariadb-server',
  openssl: 'openssl',
  postgres: 'postgresql',
  prlimit: 'util-linux',
  'prometheus-pushgateway': 'prometheus-pushgateway',
  'rabbitmq-server': 'rabbitmq-server',
  'redis-server': 'redis-server',
  script: 'bsdutils',
  setpriv: 'util-linux',
  unshare: 'util-linux',
} as const;

/** Debian keeps the programs of each version of PostgreSQL in a folder of its own, off the PATH. */
const POSTGRESQL_VERSIONS = '/usr/lib/postgresql';

/** The one on the PATH only runs as root. */
const RABBITMQ = '/usr/lib/rabbitmq/bin';

/** The programs that `npm run stack:install` builds, or installs with Debian's packages. */
const STACK = {
  alertmanager: join(ALERTMANAGER.folder, 'alertmanager'),
  amtool: join(ALERTMANAGER.folder, 'amtool'),
  kafka: join(KAFKA.folder, 'kafka'),
  kustomize: join(KUSTOMIZE.folder, 'kustomize'),
  manifests: join(MANIFESTS.folder, 'manifests'),
  'pitot-collector': join(import.meta.dirname, '../../.cache/otel-collector/pitot-collector'),
  prometheus: join(PROMETHEUS.folder, 'prometheus'),
  promtool: join(PROMETHEUS.folder, 'promtool'),
  "debian's alertmanager": '/usr/bin/prometheus-alertmanager',
  "debian's amtool": '/usr/bin/amtool',
  "debian's prometheus": '/usr/bin/prometheus',
  "debian's promtool": '/usr/bin/promtool',
} as const;

type StackProgram = keyof typeof STACK;

export type Program = keyof typeof DEBIAN_PACKAGES | StackProgram;

/** Today's programs, or the oldest that are supported, which are Debian's: Prometheus 2.42 and Alertmanager 0.25. */
export type Release = 'today' | 'oldest';

export const RELEASES: readonly Release[] = ['today', 'oldest'];

/** The program of that release. */
export function released(
  name: 'alertmanager' | 'amtool' | 'prometheus' | 'promtool',
  release: Release,
): Program {
  return release === 'today' ? name : `debian's ${name}`;
}

/** The program's path. Throws where it is not installed, with how to get it. */
export function program(name: Program): string {
  if (isOfStack(name)) {
    if (isExecutable(STACK[name])) return STACK[name];
    throw new Error(`${name} is not installed: npm run stack:install`);
  }
  const folders = [RABBITMQ, ...(process.env.PATH ?? '').split(delimiter), ...postgresqlFolders()];
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found === undefined)
    throw new Error(`${name} is not installed: apt-get install ${DEBIAN_PACKAGES[name]}`);
  return found;
}

function isOfStack(name: Program): name is StackProgram {
  return name in STACK;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
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
