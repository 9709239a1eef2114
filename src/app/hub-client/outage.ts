import { diag } from '../../base/diag.ts';
import { NOT_INSTALLED } from '../../base/package-files.ts';
import { reasonOf } from '../../base/reason.ts';

/** The pause before the first restart. Doubles up to the maximum, as long as hubs die young. */
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;

/** So often pitot tries to start a hub in a process where none has ever run. */
const MAX_FIRST_STARTS = 5;

/** Code of an error that says that the hub's thread does not fit under `ulimit -v`. */
export const NO_ADDRESS_SPACE = 'PITOT_NO_ADDRESS_SPACE';

const NOT_BUNDLED =
  'Leave pitot out of the bundle (external) and install the whole package where the bundle runs; see docs/bundling.md.';

/** Yarn Plug'n'Play keeps packages in archives. Node.js starts threads from real files only. */
const YARN_ARCHIVE = /\.zip[\\/]node_modules[\\/]/;
const NOT_UNPLUGGED =
  'Yarn keeps the package in an archive, from which no thread can start: set "unplugged": true for pitot under ' +
  '"dependenciesMeta" in package.json.';

/** Failures of a first start that last as long as the process, by their codes, and what the user can do about them. */
const PERMANENT: Readonly<Record<string, string>> = {
  ERR_ACCESS_DENIED: 'Start Node.js with --allow-worker.',
  ERR_MODULE_NOT_FOUND: NOT_BUNDLED,
  MODULE_NOT_FOUND: NOT_BUNDLED,
  [NOT_INSTALLED]: NOT_BUNDLED,
  [NO_ADDRESS_SPACE]: 'Raise the limit (ulimit -v).',
};

/**
 * Decides what follows when the hub dies or cannot be started, and says so once for each outage. An outage is over
 * when a hub has lived for {@link MAX_PAUSE_MS}.
 */
export class Outage {
  private failures = 0;
  private hasRun = false;
  private pause = FIRST_PAUSE_MS;

  /** A hub is ready. */
  ready(): void {
    this.hasRun = true;
  }

  /**
   * A hub has died, or could not be started.
   *
   * @param lifetime milliseconds that it lived
   * @returns milliseconds until the next one is to be started; `undefined` when pitot gives up
   */
  failed(error: unknown, lifetime: number): number | undefined {
    if (lifetime > MAX_PAUSE_MS) {
      this.failures = 0;
      this.pause = FIRST_PAUSE_MS;
    }
    this.failures++;
    // A hub that has run once had all it needs, and may have it again.
    const remedy = this.hasRun ? undefined : remedyOf(error);
    const isHopeless = remedy !== undefined || this.failures >= MAX_FIRST_STARTS;
    if (!this.hasRun && isHopeless) {
      diag.error(
        `pitot: the hub's thread cannot be started (${reasonOf(error)}). The application runs on, but nothing is ` +
          `served or forwarded. ${remedy ?? `pitot gives up after ${this.failures} attempts.`}`,
      );
      return undefined;
    }
    const { pause } = this;
    this.pause = Math.min(pause * 2, MAX_PAUSE_MS);
    if (this.failures === 1) {
      diag.error(
        `pitot: the hub's thread failed (${reasonOf(error)}). The application is not affected and nothing recorded ` +
          `is lost; the hub is started again in ${pause / 1000} s, and for as long as it fails. Said once.`,
      );
    }
    return pause;
  }
}

function remedyOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error)) return undefined;
  const { code, message } = error;
  return YARN_ARCHIVE.test(message) ? NOT_UNPLUGGED : PERMANENT[String(code)];
}
