import { diag } from '../../base/diag.ts';
import { SOURCES, type VersionRange } from '../../config/sources.ts';

export function isSupported(packageName: string, version: string): boolean {
  const { from, below } = rangeOf(packageName);
  const given = numbersOf(version);
  const first = numbersOf(from);
  const [major] = given;
  if (major === undefined || (below !== undefined && major >= below)) return false;
  const at = first.findIndex((number, i) => number !== (given[i] ?? 0));
  return at < 0 || (given[at] ?? 0) > (first[at] ?? 0);
}

/** @param instead the function of `pitot/instruments` that measures without a source, if there is one */
export function warnOfVersion(packageName: string, version: string, instead: string | undefined): void {
  const { from, below } = rangeOf(packageName);
  const range = below === undefined ? `>=${from}` : `>=${from} <${below}`;
  const remedy = instead === undefined ? '' : ` Measure it with ${instead} of pitot/instruments.`;
  diag.warn(
    `pitot: ${packageName} ${version} is not measured; supported versions: ${range}. The application runs as without ` +
      `pitot.${remedy}`,
  );
}

function rangeOf(packageName: string): VersionRange {
  for (const source of Object.values(SOURCES)) {
    const packages: Readonly<Record<string, VersionRange>> = 'packages' in source ? source.packages : {};
    const range = packages[packageName];
    if (range !== undefined) return range;
  }
  throw new Error(`${packageName} has no supported versions`);
}

function numbersOf(version: string): number[] {
  return /^\d+(?:\.\d+)*/.exec(version)?.[0].split('.').map(Number) ?? [];
}
