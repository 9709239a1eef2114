import { diag } from '@opentelemetry/api';

/** Says, with the remedy, that a source failed. The application goes on. */
export function reportFailure(name: string, error: unknown): void {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  diag.error(
    `pitot: the instrumentation "${name}" failed (${reason}). The application runs on; these metrics are missing or ` +
      `incomplete. Reinstall the application's dependencies, or leave the instrumentation out with ` +
      `OTEL_NODE_DISABLED_INSTRUMENTATIONS=${name}.`,
  );
}
