import { trackManualMeasurements } from '../instruments/manual-measurement.ts';
import { type LoadedPackage, whenLoaded } from '../patching/loading.ts';
import type { Undo } from '../patching/replace-method.ts';
import { reportFailure } from './failure.ts';
import type { Source } from './source.ts';
import { isSupported, warnOfVersion } from './versions.ts';

export interface HookedPackageOptions extends Pick<Source, 'name' | 'replaces'> {
  /** The packages, or files of them, that the hook waits for, as `whenLoaded` takes them. */
  readonly watched: readonly string[];
  /** The function of `pitot/instruments` that measures without the source, and what it measures the source skips. */
  readonly instead?: string;
  /** Begins to measure a copy of the package, and returns a function that ends this. May throw. */
  readonly hook: (loaded: LoadedPackage) => Undo;
}

/**
 * A source that replaces functions of a package as soon as the application has loaded it. It leaves unsupported
 * versions alone.
 */
export function hookedPackage({ name, watched, instead, hook, replaces }: HookedPackageOptions): Source {
  return {
    name,
    packages: [],
    ...(replaces && { replaces }),
    start(_meterProvider, measuring) {
      if (instead !== undefined) trackManualMeasurements();
      const hooked: Undo[] = [];
      const onLoaded = (packageName: string, loaded: LoadedPackage) => {
        if (!isSupported(packageName, loaded.version)) {
          warnOfVersion(packageName, loaded.version, instead);
          return;
        }
        try {
          hooked.push(hook(loaded));
          measuring?.();
        } catch (error) {
          reportFailure(name, error);
        }
      };
      const forget = watched.map((one) => whenLoaded(one, (loaded) => onLoaded(packageOf(one), loaded)));
      return () => {
        for (const stop of forget) stop();
        for (const undo of hooked) undo();
      };
    },
  };
}

/** The name of the package in `name/file`. */
function packageOf(watched: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(watched)?.[0] ?? watched;
}
