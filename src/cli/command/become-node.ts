import { spawn } from 'node:child_process';

/** Signals that another process sends; those of a terminal reach the child without us. */
const PASSED_ON = ['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
const OF_THE_TERMINAL = ['SIGINT', 'SIGQUIT', 'SIGBREAK'] as const;

/**
 * Runs `node` with these arguments in this process's place: with its id, so that signals, standard streams
 * and the way it ends are the program's own. Where a process cannot be replaced (Windows, Node.js before
 * 22.15), a child is run, signals are passed on, and this process ends as the child does.
 *
 * Imports nothing that an old Node.js lacks.
 */
export function becomeNode(args: readonly string[]): void {
  if (process.platform !== 'win32' && process.execve !== undefined) {
    process.execve(process.execPath, [process.argv0, ...args], process.env);
  }
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  for (const signal of PASSED_ON) process.on(signal, () => child.kill(signal));
  for (const signal of OF_THE_TERMINAL) process.on(signal, () => {});
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
