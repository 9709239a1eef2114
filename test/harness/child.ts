import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Lifetime } from './lifetime.ts';
import { until } from './until.ts';

export interface ChildOptions {
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** How a process ended: exactly one of the two is not null. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  /** The output of the process so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** The first line of either stream that matches; an error when the process ends without it. */
  line(pattern: RegExp, timeout?: number): Promise<RegExpExecArray>;
  /** How the process ended, once it and every process that inherited its streams have closed them. */
  ended(timeout?: number): Promise<Ending>;
  /** Sends a signal to the process, and not to the processes it started. */
  signal(signal: NodeJS.Signals): void;
  /** Ends the process and all it started, if they still run, and waits for that. */
  kill(): Promise<void>;
}

const running = new Set<ChildProcess>();
let watching = false;

/**
 * Starts a program in a process group of its own. The group is killed when the lifetime ends; it is also
 * killed when this process ends before that, which is how a test that took too long is stopped.
 */
export async function startChild(
  lifetime: Lifetime,
  command: string,
  { args = [], cwd, env }: ChildOptions = {},
): Promise<Child> {
  watchOwnEnd();
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} has no process id`);
  running.add(child);

  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  let ending: Ending | undefined;
  const closed = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      ending = { code, signal };
      running.delete(child);
      resolve();
    });
  });
  const shown = () =>
    `${command} ${args.join(' ')}\n--- stdout\n${output.stdout}\n--- stderr\n${output.stderr}`;

  const kill = async () => {
    killGroup(child);
    await closed;
  };
  lifetime.after(kill);

  return {
    pid,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    line: (pattern, timeout) =>
      until(
        () => {
          const found = matchingLine(output.stdout, pattern) ?? matchingLine(output.stderr, pattern);
          if (found === undefined && ending !== undefined) {
            throw new Error(`ended without a line ${pattern}, ${JSON.stringify(ending)}: ${shown()}`);
          }
          return found;
        },
        { what: `a line ${pattern}`, instead: shown, ...(timeout !== undefined && { timeout }) },
      ),
    ended: (timeout) =>
      until(() => ending, { what: 'the end', instead: shown, ...(timeout !== undefined && { timeout }) }),
    signal: (signal) => {
      child.kill(signal);
    },
    kill,
  };
}

/** Only complete lines are looked at, so that a match is never cut short. */
function matchingLine(text: string, pattern: RegExp): RegExpExecArray | undefined {
  for (const line of text.split('\n').slice(0, -1)) {
    const found = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).exec(line);
    if (found !== null) return found;
  }
  return undefined;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function watchOwnEnd(): void {
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const child of running) killGroup(child);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      for (const child of running) killGroup(child);
      process.kill(process.pid, signal);
    });
  }
}
