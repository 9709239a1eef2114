import type { TestContext } from 'node:test';
import { DiagLogLevel, diag } from '@opentelemetry/api';

/** Collects what is said through the API's diagnostic logger while a test runs. */
export function warningsOf(t: TestContext): string[] {
  const warnings: string[] = [];
  const ignore = () => {};
  const take = (text: string) => warnings.push(text);
  diag.setLogger(
    { error: take, warn: take, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  t.after(() => diag.disable());
  return warnings;
}
