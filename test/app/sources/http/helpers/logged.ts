import { type DiagLogger, DiagLogLevel } from '@opentelemetry/api';
import { diag } from '../../../../../src/base/diag.ts';
import type { Lifetime } from '../../../../harness/lifetime.ts';

/** The lines that are logged while a test runs. */
export function logged(lifetime: Lifetime): string[] {
  const lines: string[] = [];
  const log = (text: string) => {
    lines.push(text);
  };
  const logger: DiagLogger = { error: log, warn: log, info: log, debug: log, verbose: log };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN });
  lifetime.after(() => diag.disable());
  return lines;
}
