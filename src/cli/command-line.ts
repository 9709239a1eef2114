import process from 'node:process';
import { packageVersion } from '../base/pitot-scope.ts';
import { type Command, UsageError } from './command/command.ts';
import { commands } from './commands.ts';
import { helpOf, overview } from './help.ts';

/** The exit code of shells and Unix tools for an invalid command line. */
const MISUSE = 2;

/**
 * Runs the command that the arguments name, and ends the process. Otherwise a module of the application that
 * the command imported could keep the process alive.
 */
export async function runCommandLine(args: readonly string[]): Promise<never> {
  // The reader of the output may close it early: `pitot contract | head`.
  process.stdout.on('error', () => process.exit(0));
  const code = await run(args);
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit(code);
}

async function run([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--help' || name === '-h') return print(overview());
  if (name === '--version') return print(`${packageVersion() ?? 'unknown'}\n`);
  if (name === undefined) return misuse('no command is given', 'pitot --help');
  const entry = commands.find((known) => known.name === name);
  if (entry === undefined) {
    const known = commands.map(({ name }) => name).join(', ');
    return misuse(`${JSON.stringify(name)} is no command; there are ${known}`, 'pitot --help');
  }
  return await runCommand(name, await entry.load(), args);
}

async function runCommand(name: string, command: Command, args: readonly string[]): Promise<number> {
  const own = command.passesOn === true ? args.slice(0, 1) : args;
  if (own.includes('--help') || own.includes('-h')) return print(helpOf(name, command));
  try {
    return await command.run(args);
  } catch (error) {
    if (error instanceof UsageError) return misuse(error.message, `pitot ${name} --help`);
    console.error(`pitot: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function misuse(text: string, help: string): number {
  console.error(`pitot: ${text}. See ${help}.`);
  return MISUSE;
}
