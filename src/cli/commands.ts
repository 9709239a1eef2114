import type { Command } from './command/command.ts';

/** An entry in the list of commands. The command itself is loaded on demand, so that `run` starts a program at once. */
interface Entry {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  load(): Promise<Command>;
}

/** All commands, in the order in which the help lists them. */
export const commands: readonly Entry[] = [
  {
    name: 'run',
    summary: 'Run a program with pitot in it.',
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'check',
    summary: 'Print the settings in force, and try what they name.',
    load: async () => (await import('./check/check.ts')).check,
  },
  {
    name: 'init',
    summary: 'Write the monitoring of a service into its project.',
    load: async () => (await import('./init/init.ts')).init,
  },
  {
    name: 'contract',
    summary: 'Write the reference of metrics, or compare an endpoint with it.',
    load: async () => (await import('./contract/contract.ts')).contract,
  },
  {
    name: 'top',
    summary: 'Watch a service in the terminal.',
    load: async () => (await import('./top/top.ts')).top,
  },
];
