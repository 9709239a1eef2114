import { createRequire } from 'node:module';

/** The build replaces this name with the version. No such variable exists at run time. */
declare const PITOT_VERSION: string | undefined;

/** The version of this package; undefined where an application has bundled its sources, which have no package file. */
export function packageVersion(): string | undefined {
  if (typeof PITOT_VERSION === 'string') return PITOT_VERSION;
  try {
    const { version }: { version: string } = createRequire(import.meta.url)('pitot/package.json');
    return version;
  } catch {
    return undefined;
  }
}

/** The instrumentation scope of pitot's instruments for application code. */
export const INSTRUMENTS_SCOPE = {
  name: 'pitot/instruments',
  get version() {
    return packageVersion();
  },
};
