import { createRequire } from 'node:module';

/** In the build, where it is put in place of the name; there is no such variable. */
declare const PITOT_VERSION: string | undefined;

/** The version of this package; undefined for its sources in somebody's bundle, who have no package file. */
export function packageVersion(): string | undefined {
  if (typeof PITOT_VERSION === 'string') return PITOT_VERSION;
  try {
    const { version }: { version: string } = createRequire(import.meta.url)('pitot/package.json');
    return version;
  } catch {
    return undefined;
  }
}

/** The instrumentation scope of the instruments that pitot has for application code. */
export const INSTRUMENTS_SCOPE = {
  name: 'pitot/instruments',
  get version() {
    return packageVersion();
  },
};
