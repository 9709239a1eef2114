import { writeSync } from 'node:fs';
import type { DiagLogger } from '@opentelemetry/api';
import { oneLine } from './one-line.ts';
import { reasonOf } from './reason.ts';

const MAX_LINE_CHARACTERS = 8192;

/**
 * The diagnostic logger of both threads. Each message becomes one line on standard error, without control
 * characters, so that no name, label or error from outside can forge a line. It writes synchronously:
 * `process.stderr` of a worker passes through the application's thread, which may be stuck or waiting for the hub.
 */
export const stderrLogger: DiagLogger = {
  error: (...parts) => writeLine('error', parts),
  warn: (...parts) => writeLine('warning', parts),
  info: (...parts) => writeLine('', parts),
  debug: (...parts) => writeLine('debug', parts),
  verbose: (...parts) => writeLine('verbose', parts),
};

function writeLine(level: string, parts: readonly unknown[]): void {
  const text = oneLine(parts.map(textOf).join(' '), MAX_LINE_CHARACTERS).replace(/^pitot: /, '');
  try {
    writeSync(2, `pitot: ${level === '' ? '' : `${level}: `}${text}\n`);
  } catch {
    // Standard error is closed, or a full pipe. The application must not suffer because of a log line.
  }
}

function textOf(part: unknown): string {
  if (typeof part === 'string') return part;
  if (part instanceof Error) return reasonOf(part);
  try {
    return JSON.stringify(part) ?? String(part);
  } catch (error) {
    return reasonOf(error);
  }
}
