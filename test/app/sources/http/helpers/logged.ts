import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import type { Lifetime } from '../../../../harness/lifetime.ts';

/** What is logged while a test runs. */
export function logged(lifetime: Lifetime): string[] {
  const lines: string[] = [];
  const log = (text: string) => {
    lines.push(text);
  };
  const logger: DiagLogger = { error: log, warn: log, info: log, debug: log, verbose: log };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  lifetime.after(() => diag.disable());
  return lines;
}
