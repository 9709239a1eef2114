import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prometheusModuleVersion, VERSIONS } from './versions.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

/** Programs of one Go module, built from the module proxy into a folder of their own. */
export interface GoProgram {
  /** As people call it. */
  readonly title: string;
  readonly module: string;
  readonly version: string;
  /** The programs that are built: the module's commands. */
  readonly commands: readonly string[];
  /** Whether the module itself is the one command, and not the folders of its `cmd`. */
  readonly isCommand?: true;
  /** A folder of the repository with a command's source, for which `module` is the one that decides its version. */
  readonly source?: string;
  /** Where the programs are, absolute. */
  readonly folder: string;
  /** The programs' output when asked for their version. */
  readonly release: string;
  readonly tags?: readonly string[];
  /** A file that the module's source needs and the proxy's copy of it lacks, with its text. */
  readonly generated?: { readonly path: string; readonly text: string };
}

/**
 * Prometheus without its web interface, which is compiled by npm and is not in the module: without the tag
 * `builtinassets` the program does not ask for it. Of the service discoveries only that of Kubernetes is
 * built, besides files and static targets which always are: the clients of two dozen clouds would be most of the build.
 */
export const PROMETHEUS: GoProgram = {
  title: 'Prometheus',
  module: 'github.com/prometheus/prometheus',
  version: prometheusModuleVersion(VERSIONS.prometheus),
  commands: ['prometheus', 'promtool'],
  folder: join(REPOSITORY, '.cache', `prometheus-${VERSIONS.prometheus}`),
  release: VERSIONS.prometheus,
  tags: ['remove_all_sd', 'enable_kubernetes_sd'],
};

/** Alertmanager embeds its web interface without a way around: an empty page stands in for it. */
export const ALERTMANAGER: GoProgram = {
  title: 'Alertmanager',
  module: 'github.com/prometheus/alertmanager',
  version: `v${VERSIONS.alertmanager}`,
  commands: ['alertmanager', 'amtool'],
  folder: join(REPOSITORY, '.cache', `alertmanager-${VERSIONS.alertmanager}`),
  release: VERSIONS.alertmanager,
  generated: { path: 'ui/app/dist/elm/index.html', text: '' },
};

/** The program that is in kubectl too. */
export const KUSTOMIZE: GoProgram = {
  title: 'kustomize',
  module: 'sigs.k8s.io/kustomize/kustomize/v5',
  version: `v${VERSIONS.kustomize}`,
  commands: ['kustomize'],
  isCommand: true,
  folder: join(REPOSITORY, '.cache', `kustomize-${VERSIONS.kustomize}`),
  release: VERSIONS.kustomize,
};

/** Reads manifests by the types of Kubernetes. Its version is that of `client-go`: 0.37 is Kubernetes 1.37. */
export const MANIFESTS: GoProgram = {
  title: "Kubernetes' types",
  module: 'k8s.io/client-go',
  version: `v${VERSIONS.kubernetes}`,
  commands: ['manifests'],
  source: join(import.meta.dirname, 'manifests'),
  folder: join(REPOSITORY, '.cache', `manifests-${VERSIONS.kubernetes}`),
  release: VERSIONS.kubernetes,
};

/** Something could not be had. The message says what to do about it. */
export class Missing extends Error {}

/** Builds what is not there yet. Says what was done, and how long it took. */
export function installGoProgram(program: GoProgram): string {
  const { title, module, version, commands, folder } = program;
  if (commands.every((command) => existsSync(join(folder, command))))
    return `${title}: found ${version} in ${folder}`;
  requireGo(title, `${module}@${version}`);
  const start = Date.now();
  const copy = program.generated === undefined ? undefined : sourceWith(program, program.generated);
  const source = program.source ?? copy;
  const status = run('go', ['install', ...buildFlags(program), ...packages(program, copy)], {
    env: { GOBIN: folder },
    ...(source !== undefined && { cwd: source }),
  });
  if (copy !== undefined) rmSync(copy, { recursive: true });
  if (status !== 0) throw new Missing(`${title}: go install could not build ${module}@${version}, see above`);
  return `${title}: built ${version} in ${seconds(start)} s into ${folder}`;
}

function buildFlags({ tags = [], release }: GoProgram): string[] {
  const version = `-X github.com/prometheus/common/version.Version=${release}`;
  // Neither symbols nor debugging data: the linker is the longest single step.
  return ['-trimpath', '-buildvcs=false', `-tags=${tags.join(',')}`, `-ldflags=-s -w ${version}`];
}

function packages({ module, version, commands, isCommand, source }: GoProgram, copy?: string): string[] {
  if (source !== undefined) return ['.'];
  if (isCommand) return [`${module}@${version}`];
  return commands.map((command) =>
    copy === undefined ? `${module}/cmd/${command}@${version}` : `./cmd/${command}`,
  );
}

/** A copy of the module, since the proxy's own is not to be changed, and has the file that is missing. */
function sourceWith(
  { title, module, version, folder }: GoProgram,
  { path, text }: NonNullable<GoProgram['generated']>,
): string {
  const { stdout, status } = spawnSync('go', ['mod', 'download', '-json', `${module}@${version}`], {
    encoding: 'utf8',
  });
  const { Dir, Error: fault }: { Dir?: string; Error?: string } = JSON.parse(stdout || '{}');
  if (status !== 0 || Dir === undefined) throw new Missing(`${title}: ${module}@${version}: ${fault}`);
  const source = `${folder}.source`;
  rmSync(source, { recursive: true, force: true });
  cpSync(Dir, source, { recursive: true });
  // Go keeps its copy from being written to.
  let parent = source;
  for (const part of path.split('/').slice(0, -1)) {
    chmodSync(parent, 0o755);
    parent = join(parent, part);
    mkdirSync(parent, { recursive: true });
  }
  writeFileSync(join(source, path), text);
  return source;
}

/** Throws where Go is missing, with what to install. */
export function requireGo(title: string, module: string): void {
  if (run('go', ['version']) === 0) return;
  throw new Missing(
    `${title}: Go is not on the PATH. Install Go (https://go.dev/dl), at least the version that ` +
      `https://pkg.go.dev/${module} asks for, and run this again`,
  );
}

export function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}

/** The status of a command, whose output is passed on; null where it cannot be started. */
export function run(
  command: string,
  args: readonly string[],
  {
    cwd = REPOSITORY,
    env = {},
    stdio = 'inherit',
  }: { cwd?: string; env?: NodeJS.ProcessEnv; stdio?: 'inherit' | 'ignore' } = {},
): number | null {
  return spawnSync(command, args, { cwd, env: { ...process.env, ...env }, stdio }).status;
}
