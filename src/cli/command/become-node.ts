import { spawn } from 'node:child_process';

/** Signals from other processes, which pitot passes on. Signals of a terminal reach the child directly. */
const PASSED_ON = ['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
const OF_THE_TERMINAL = ['SIGINT', 'SIGQUIT', 'SIGBREAK'] as const;

/**
 * Runs `node` with these arguments in place of this process. The process id stays the same, so signals, standard
 * streams and the exit are the program's own. Where a process cannot be replaced (Windows, Node.js before 22.15),
 * a child runs instead: this process passes signals on and ends as the child does.
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
