import { createRequire } from 'node:module';

/** The version of this package; a bundle has no package file and gets none. */
export function packageVersion(): string | undefined {
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
