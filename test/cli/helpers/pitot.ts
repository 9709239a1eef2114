import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Ending } from '../../harness/child.ts';
import { inherited, REPOSITORY } from '../../harness/service.ts';

export interface Outcome extends Ending {
  readonly stdout: string;
  readonly stderr: string;
}

export interface PitotOptions {
  /** Arguments of node before the command's. */
  readonly nodeArgs?: readonly string[];
  /** Added to an environment that configures neither pitot nor node. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** The current directory; the repository by default. */
  readonly cwd?: string;
  /** Called with the process as soon as it runs. */
  readonly started?: (child: { readonly pid: number; kill(signal: NodeJS.Signals): boolean }) => void;
}

export const MAIN = join(REPOSITORY, 'src/cli/main.ts');

/** Runs the `pitot` command of the repository to its end. */
export async function pitot(args: readonly string[], options: PitotOptions = {}): Promise<Outcome> {
  const { nodeArgs = [], env, stdin = '', cwd = REPOSITORY, started } = options;
  const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], {
    cwd,
    env: { ...inherited(), ...env },
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const { pid } = child;
  if (pid !== undefined) started?.({ pid, kill: (signal) => child.kill(signal) });
  child.stdin.end(stdin);
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => resolve({ code, signal }));
  });
  const [stdout, stderr, ending] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { ...ending, stdout, stderr };
}
