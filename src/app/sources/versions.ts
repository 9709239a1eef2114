import { diag } from '../../base/diag.ts';
import { SOURCES, type VersionRange } from '../../config/sources.ts';

/** Sources that replace methods of the package with the same name. */
export type DriverName = 'pg' | 'mongodb' | 'ioredis' | 'better-sqlite3' | 'ws' | 'socket.io';

export function isSupported(name: DriverName, version: string): boolean {
  const { from, below } = rangeOf(name);
  const given = numbersOf(version);
  const first = numbersOf(from);
  const [major] = given;
  if (major === undefined || (below !== undefined && major >= below)) return false;
  const at = first.findIndex((number, i) => number !== (given[i] ?? 0));
  return at < 0 || (given[at] ?? 0) > (first[at] ?? 0);
}

/** @param instead the function of `pitot/instruments` that measures without a source */
export function warnOfVersion(name: DriverName, version: string, instead: string): void {
  const { from, below } = rangeOf(name);
  const range = below === undefined ? `>=${from}` : `>=${from} <${below}`;
  diag.warn(
    `pitot: ${name} ${version} is not measured; supported versions: ${range}. The application runs as without pitot. ` +
      `Measure it with ${instead} of pitot/instruments.`,
  );
}

function rangeOf(name: DriverName): VersionRange {
  const packages: Readonly<Record<string, VersionRange>> = SOURCES[name].packages;
  const range = packages[name];
  if (range === undefined) throw new Error(`${name} has no supported versions`);
  return range;
}

function numbersOf(version: string): number[] {
  return /^\d+(?:\.\d+)*/.exec(version)?.[0].split('.').map(Number) ?? [];
}
