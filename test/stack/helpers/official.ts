import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from '../../harness/child.ts';
import type { Exposition } from '../../harness/exposition.ts';
import type { Lifetime } from '../../harness/lifetime.ts';
import { installPacked } from '../../harness/packed-tarball.ts';
import { inherited, startService } from '../../harness/service.ts';

/** Applications beside the official instrumentations of OpenTelemetry, as installed packages. */

const PROGRAMS = join(import.meta.dirname, '../programs/official');
const PITOT = ['--import', 'pitot/instrumentation'];
const TRACING = ['--import', './tracing.mjs'];

/** The orders in which pitot and the instrumentations can be loaded. */
export const ORDERS = [
  { order: 'pitot alone', nodeArgs: PITOT, isTraced: false },
  { order: 'pitot first', nodeArgs: [...PITOT, ...TRACING], isTraced: true },
  { order: 'pitot last', nodeArgs: [...TRACING, ...PITOT], isTraced: true },
] as const;

/** A program of {@link PROGRAMS} in the folder where its packages are installed. */
interface Run {
  readonly folder: string;
  readonly app: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How many spans of each kind an application made. */
type Spans = Readonly<Record<string, number>>;

/** Installs pitot and the packages for a program of {@link PROGRAMS}, and returns the folder. */
export async function installOfficial(
  lifetime: Lifetime,
  program: string,
  packages: readonly string[],
): Promise<string> {
  const folder = await installPacked(lifetime, packages);
  await cp(join(PROGRAMS, 'counting-spans.mjs'), join(folder, 'counting-spans.mjs'));
  await cp(join(PROGRAMS, program), folder, { recursive: true });
  return folder;
}

export async function spansWithoutPitot(lifetime: Lifetime, { folder, app, env }: Run): Promise<Spans> {
  const args = [...TRACING, app];
  const child = await startChild(lifetime, process.execPath, {
    args,
    cwd: folder,
    env: { ...inherited(), ...env },
  });
  return spansIn(await child.line(SPANS, PATIENCE_MS));
}

export async function runWithPitot(
  lifetime: Lifetime,
  { folder, app, env = {}, nodeArgs }: Run & { readonly nodeArgs: readonly string[] },
): Promise<{ readonly spans: Spans; readonly exposition: Exposition }> {
  const service = await startService(lifetime, { nodeArgs, args: [app], cwd: folder, env });
  const spans = spansIn(await service.line(SPANS, PATIENCE_MS));
  return { spans, exposition: await service.scrape() };
}

/** The metrics that an official instrumentation records. */
export function recordedByOfficial({ samples }: Exposition): readonly string[] {
  const names = samples
    .filter(({ labels }) => labels.otel_scope_name?.startsWith('@opentelemetry/'))
    .map(({ name }) => name);
  return [...new Set(names)];
}

const SPANS = /^spans: (.*)$/;
/** Clients of a broker that has just started wait for it. */
const PATIENCE_MS = 60_000;

function spansIn([, spans = '']: RegExpExecArray): Spans {
  return JSON.parse(spans);
}
