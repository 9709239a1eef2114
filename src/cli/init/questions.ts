import process from 'node:process';
import { createInterface, type Interface } from 'node:readline/promises';
import { UsageError } from '../command/command.ts';
import { type Choice, PART_MEANINGS, PARTS, type Part, SERVICE_NAME } from './parts.ts';

/** The choices on the command line, as text. */
export type Given = Readonly<Partial<Record<keyof Choice, string>>>;

/** Reads an answer, or throws a {@link UsageError} that names the accepted ones. */
type Read<T> = (text: string) => T;

/**
 * The choices: from the command line; for the missing ones from the user at the terminal, or the defaults without
 * a terminal.
 */
export async function choose(given: Given, defaults: Choice, isAsking: boolean): Promise<Choice> {
  const terminal = isAsking ? createInterface(process.stdin, process.stderr) : undefined;
  try {
    const ask = asker(terminal);
    return {
      service: await ask('Name of the service', given.service, defaults.service, readService),
      port: await ask('Port of its metrics', given.port, String(defaults.port), readPort),
      parts: await ask(question(), given.parts, defaults.parts.join(','), readParts),
    };
  } finally {
    terminal?.close();
  }
}

function asker(terminal: Interface | undefined) {
  return async <T>(text: string, given: string | undefined, otherwise: string, read: Read<T>): Promise<T> => {
    if (given !== undefined) return read(given);
    if (terminal === undefined) return read(otherwise);
    for (;;) {
      const answer = await terminal.question(`${text} [${otherwise}]: `);
      try {
        return read(answer.trim() || otherwise);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        process.stderr.write(`${error.message}\n`);
      }
    }
  };
}

function question(): string {
  const width = Math.max(...PARTS.map((part) => part.length));
  const lines = PARTS.map((part) => `  ${part.padEnd(width)}  ${PART_MEANINGS[part]}`);
  return ['Parts, separated by commas', ...lines, ''].join('\n');
}

function readService(text: string): string {
  if (SERVICE_NAME.test(text)) return text;
  throw new UsageError(
    `--service takes a name of letters, digits, dots, dashes and underscores, at most 63, not '${text}'`,
  );
}

function readPort(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65535) return port;
  throw new UsageError(`--port takes a number from 1 to 65535, not '${text}'`);
}

function readParts(text: string): readonly Part[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new UsageError(`--parts takes ${PARTS.join(', ')}, not '${unknown}'`);
  const chosen = PARTS.filter((part) => names.includes(part));
  const missing = PARTS.filter((part) => !chosen.includes(part));
  if (chosen.includes('deploy') && missing.length > 0) {
    throw new UsageError(`the part deploy runs all the others, and these are missing: ${missing.join(', ')}`);
  }
  return chosen;
}
