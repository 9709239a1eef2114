import { diag } from '../../base/diag.ts';
import { reasonOf } from '../../base/reason.ts';
import type { SourceName } from '../../config/sources.ts';

/** Reports, with the remedy, that a source failed. The application runs on. */
export function reportFailure(name: SourceName, error: unknown): void {
  diag.error(
    `pitot: the source "${name}" failed (${reasonOf(error)}). The application runs on; these metrics are missing or ` +
      `incomplete. Reinstall the application's dependencies, or leave the source out with ` +
      `PITOT_DISABLED_SOURCES=${name}.`,
  );
}
