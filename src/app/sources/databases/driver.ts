import { diag } from '../../../base/diag.ts';
import { noticeWorkByHand } from '../../instruments/by-hand.ts';
import { type LoadedPackage, whenLoaded } from '../../patching/loading.ts';
import type { Undo } from '../../patching/replace-method.ts';
import { reportFailure } from '../failure.ts';
import type { Source } from '../source.ts';

export interface DriverOptions {
  /** Of the package, and of the source. */
  readonly name: string;
  /** The versions whose insides are known: the first, and the major version that is not known any more. */
  readonly versions: { readonly from: string; readonly below: number };
  /** Begins to measure what a copy of the driver does, and returns what ends that. May throw. */
  readonly hook: (driver: LoadedPackage) => Undo;
}

/**
 * A source that measures a driver by its methods, once the application has loaded it. One of a version that is not
 * known is left alone.
 */
export function hookedDriver({ name, versions, hook }: DriverOptions): Source {
  return {
    name,
    packages: [],
    start() {
      noticeWorkByHand();
      const hooked: Undo[] = [];
      const forget = whenLoaded(name, (driver) => {
        if (!isWithin(driver.version, versions)) {
          warnOfVersion(name, driver.version, versions);
          return;
        }
        try {
          hooked.push(hook(driver));
        } catch (error) {
          reportFailure(name, error);
        }
      });
      return () => {
        forget();
        for (const undo of hooked) undo();
      };
    },
  };
}

function isWithin(version: string, { from, below }: DriverOptions['versions']): boolean {
  const given = numbersOf(version);
  const first = numbersOf(from);
  const [major] = given;
  if (major === undefined || major >= below) return false;
  const at = first.findIndex((number, i) => number !== (given[i] ?? 0));
  return at < 0 || (given[at] ?? 0) > (first[at] ?? 0);
}

function numbersOf(version: string): number[] {
  return /^\d+(?:\.\d+)*/.exec(version)?.[0].split('.').map(Number) ?? [];
}

function warnOfVersion(name: string, version: string, { from, below }: DriverOptions['versions']): void {
  diag.warn(
    `pitot: ${name} ${version} is not measured: its insides are known from ${from} to below ${below}.0.0. The application ` +
      'runs as without pitot. Measure its operations with database.operation() of pitot/instruments.',
  );
}
