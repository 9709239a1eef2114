import type { TestContext } from 'node:test';
import { DiagLogLevel } from '@opentelemetry/api';
import { diag } from '../../../../src/base/diag.ts';

/** Collects what is said through the API's diagnostic logger while a test runs. */
export function warningsOf(t: TestContext): string[] {
  const warnings: string[] = [];
  const ignore = () => {};
  const take = (text: string) => warnings.push(text);
  diag.setLogger(
    { error: take, warn: take, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN },
  );
  t.after(() => diag.disable());
  return warnings;
}
