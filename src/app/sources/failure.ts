import { diag } from '../../base/diag.ts';
import { reasonOf } from '../../base/reason.ts';

/** Says, with the remedy, that a source failed. The application goes on. */
export function reportFailure(name: string, error: unknown): void {
  diag.error(
    `pitot: the instrumentation "${name}" failed (${reasonOf(error)}). The application runs on; these metrics are missing or ` +
      `incomplete. Reinstall the application's dependencies, or leave the instrumentation out with ` +
      `OTEL_NODE_DISABLED_INSTRUMENTATIONS=${name}.`,
  );
}
