import { writeSync } from 'node:fs';
import type { DiagLogger } from '@opentelemetry/api';

/**
 * The diagnostic logger of both threads: a line to standard error, written at once. `process.stderr` of a
 * worker passes through the application's thread, which may be stuck or waiting for the hub to finish.
 */
export const stderrLogger: DiagLogger = {
  error: (...parts) => writeLine('error', parts),
  warn: (...parts) => writeLine('warning', parts),
  info: (...parts) => writeLine('', parts),
  debug: (...parts) => writeLine('debug', parts),
  verbose: (...parts) => writeLine('verbose', parts),
};

function writeLine(level: string, parts: readonly unknown[]): void {
  const text = parts
    .map((part) =>
      part instanceof Error ? part.message : typeof part === 'string' ? part : JSON.stringify(part),
    )
    .join(' ')
    .replace(/^pitot: /, '');
  try {
    writeSync(2, `pitot: ${level === '' ? '' : `${level}: `}${text.trimEnd()}\n`);
  } catch {
    // Standard error is closed, or a full pipe: the application must not suffer for our line.
  }
}
