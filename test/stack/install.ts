/**
 * Gets the programs that the tests in this folder run and npm does not have: builds the Collector of
 * otel-collector/builder.yaml with the official builder, and installs Prometheus and Alertmanager from Debian.
 * What is there is left as it is. Ends with status 1, having said in plain words what is missing and why,
 * where something could not be had; the rest is there then.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const REPOSITORY = join(import.meta.dirname, '../..');

const MANIFEST = join(REPOSITORY, 'otel-collector/builder.yaml');

/** Debian's packages, with a command of each. */
const PACKAGES = [
  ['prometheus', 'prometheus'],
  ['prometheus-alertmanager', 'prometheus-alertmanager'],
] as const;

/** Debian starts the service of what it installs, unless this file forbids it. */
const POLICY = '/usr/sbin/policy-rc.d';

/** What of the builder's manifest is read here. */
interface Manifest {
  readonly dist: { readonly name: string; readonly output_path: string };
  readonly receivers: readonly { readonly gomod: string }[];
}

/** What could not be had. The message says what to do about it. */
class Missing extends Error {}

function installCollector(): string {
  const manifest = readFileSync(MANIFEST, 'utf8');
  const hash = createHash('sha256').update(manifest).digest('hex');
  const { dist, receivers }: Manifest = parse(manifest);
  const folder = join(REPOSITORY, dist.output_path);
  const collector = join(folder, dist.name);
  const built = join(folder, 'manifest.sha256');
  if (existsSync(collector) && existsSync(built) && readFileSync(built, 'utf8') === hash) {
    return `Collector: ${collector} is there, and is that of the manifest`;
  }
  const version = receivers[0]?.gomod.split(' ')[1];
  if (version === undefined) throw new Error(`${MANIFEST} has no receiver with a version`);
  if (run('go', ['version']) !== 0) {
    throw new Missing(
      'Collector: Go is not on the PATH, and the Collector is built with it. Install Go (https://go.dev/dl), ' +
        `at least the version that https://pkg.go.dev/go.opentelemetry.io/collector/cmd/builder@${version} ` +
        'asks for, and run this again',
    );
  }
  const bin = join(REPOSITORY, '.cache/otel-collector-builder', version);
  const builder = join(bin, 'builder');
  if (!existsSync(builder)) {
    mkdirSync(bin, { recursive: true });
    const status = run('go', ['install', `go.opentelemetry.io/collector/cmd/builder@${version}`], {
      GOBIN: bin,
    });
    if (status !== 0)
      throw new Missing(`Collector: go install could not get its builder ${version}, see above`);
  }
  // Without the hash a build that fails half-way is built again.
  rmSync(built, { force: true });
  if (run(builder, ['--config', MANIFEST]) !== 0) {
    throw new Missing(`Collector: the builder could not make what ${MANIFEST} asks for, see above`);
  }
  writeFileSync(built, hash);
  return `Collector: built ${collector}`;
}

function installPackages(): string {
  const missing = PACKAGES.filter(([, command]) => run('which', [command], {}, 'ignore') !== 0).map(
    ([name]) => name,
  );
  if (missing.length === 0) return 'Prometheus and Alertmanager: both are on the PATH';
  const wanted = missing.join(' ');
  if (run('apt-get', ['--version'], {}, 'ignore') !== 0) {
    throw new Missing(
      `${wanted}: there is no apt-get here. Put prometheus, promtool, alertmanager and amtool on the PATH ` +
        '(https://prometheus.io/download)',
    );
  }
  if (process.getuid?.() !== 0) {
    throw new Missing(`${wanted}: apt-get installs as root only. Run: sudo apt-get install ${wanted}`);
  }
  const isPolicyOurs = !existsSync(POLICY);
  if (isPolicyOurs) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-qq'], env);
    // The recommended packages would be more services.
    const status = run('apt-get', ['install', '-qq', '--no-install-recommends', ...missing], env);
    if (status !== 0) throw new Missing(`${wanted}: apt-get could not install them, see above`);
  } finally {
    if (isPolicyOurs) rmSync(POLICY, { force: true });
  }
  return `Prometheus and Alertmanager: installed ${wanted}`;
}

/** The status of a command, whose output is passed on; null where it cannot be started. */
function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  stdio: 'inherit' | 'ignore' = 'inherit',
): number | null {
  return spawnSync(command, args, { cwd: REPOSITORY, env: { ...process.env, ...env }, stdio }).status;
}

const results = [installCollector, installPackages].map((install) => {
  try {
    return install();
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    process.exitCode = 1;
    return `MISSING ${error.message}`;
  }
});
console.log(results.join('\n'));
