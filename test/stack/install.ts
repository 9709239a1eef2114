/**
 * Gets the programs that the tests in this folder run and npm does not have. Today's Prometheus and Alertmanager,
 * kustomize, Kubernetes' types and the Collector of otel-collector/builder.yaml are built from the Go module proxy
 * into .cache, and Kafka comes from Maven Central. Debian's Prometheus, the oldest that is supported, its Alertmanager
 * and its Pushgateway are installed. Programs that are already there are left alone.
 *
 * Logs for each program whether it was found or built, and how long the build took. Ends with status 1 where one could
 * not be had, after a line that says why and what to do; the others are installed then.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import {
  ALERTMANAGER,
  installGoProgram,
  KUSTOMIZE,
  MANIFESTS,
  Missing,
  PROMETHEUS,
  requireGo,
  run,
  seconds,
} from './go-programs.ts';
import { installKafka } from './kafka.ts';
import { VERSIONS } from './versions.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

const MANIFEST = join(REPOSITORY, 'otel-collector/builder.yaml');

/** Debian's packages, with a command of each. */
const PACKAGES = [
  ['prometheus', 'prometheus'],
  ['prometheus-alertmanager', 'prometheus-alertmanager'],
  ['prometheus-pushgateway', 'prometheus-pushgateway'],
] as const;

/** Debian starts the service of what it installs, unless this file forbids it. */
const POLICY = '/usr/sbin/policy-rc.d';

/** The part of the builder's manifest that is read here. */
interface Manifest {
  readonly dist: { readonly name: string; readonly output_path: string };
}

function installCollector(): string {
  const start = Date.now();
  const manifest = readFileSync(MANIFEST, 'utf8');
  const hash = createHash('sha256').update(manifest).digest('hex');
  const { dist }: Manifest = parse(manifest);
  const folder = join(REPOSITORY, dist.output_path);
  const collector = join(folder, dist.name);
  const built = join(folder, 'manifest.sha256');
  if (existsSync(collector) && existsSync(built) && readFileSync(built, 'utf8') === hash) {
    return `Collector: found v${VERSIONS.collectorContrib} in ${folder}`;
  }
  const module = `go.opentelemetry.io/collector/cmd/builder@v${VERSIONS.collector}`;
  requireGo('Collector', module);
  const bin = join(REPOSITORY, '.cache/otel-collector-builder', VERSIONS.collector);
  const builder = join(bin, 'builder');
  if (!existsSync(builder)) {
    mkdirSync(bin, { recursive: true });
    if (run('go', ['install', '-trimpath', module], { env: { GOBIN: bin } }) !== 0)
      throw new Missing(`Collector: go install could not get ${module}, see above`);
  }
  // Without the hash a build that fails half-way is built again.
  rmSync(built, { force: true });
  if (run(builder, ['--config', MANIFEST]) !== 0) {
    throw new Missing(`Collector: the builder could not make what ${MANIFEST} asks for, see above`);
  }
  writeFileSync(built, hash);
  return `Collector: built v${VERSIONS.collectorContrib} in ${seconds(start)} s into ${folder}`;
}

function installPackages(): string {
  const start = Date.now();
  const missing = PACKAGES.filter(([, command]) => run('which', [command], { stdio: 'ignore' }) !== 0).map(
    ([name]) => name,
  );
  if (missing.length === 0) return "Debian's Prometheus, Alertmanager and Pushgateway: found on the PATH";
  const wanted = missing.join(' ');
  if (run('apt-get', ['--version'], { stdio: 'ignore' }) !== 0) {
    throw new Missing(
      `${wanted}: there is no apt-get here. Put Prometheus 2.42 with promtool on the PATH ` +
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
    run('apt-get', ['update', '-qq'], { env });
    // The recommended packages would be more services.
    const status = run('apt-get', ['install', '-qq', '--no-install-recommends', ...missing], { env });
    if (status !== 0) throw new Missing(`${wanted}: apt-get could not install them, see above`);
  } finally {
    if (isPolicyOurs) rmSync(POLICY, { force: true });
  }
  return `Debian's packages: installed ${wanted} in ${seconds(start)} s`;
}

const results = [
  () => installGoProgram(PROMETHEUS),
  () => installGoProgram(ALERTMANAGER),
  () => installGoProgram(KUSTOMIZE),
  () => installGoProgram(MANIFESTS),
  installCollector,
  installKafka,
  installPackages,
].map((install) => {
  try {
    return install();
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    process.exitCode = 1;
    return `MISSING ${error.message}`;
  }
});
console.log(results.join('\n'));
