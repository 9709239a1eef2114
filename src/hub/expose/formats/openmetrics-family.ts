import { SCALAR_VALUE } from '../../../model/protocol.ts';
import { type Family, type NumberFamily, sampleNames } from '../families.ts';

/** A family in the terms of OpenMetrics. */
export interface OpenMetricsFamily {
  /** Without the suffix `_total` of a counter or `_info` of an info. */
  readonly name: string;
  readonly type: Family['type'] | 'unknown';
  /** Empty unless the name ends with it, as OpenMetrics requires. */
  readonly unit: string;
  readonly family: Family;
}

const SUFFIXES = { counter: '_total', info: '_info' } as const;

/**
 * The families in terms of OpenMetrics 1.0. If Prometheus allows something that OpenMetrics does not, pitot uses the
 * next best form. If another family has the name without the suffix, a counter becomes unknown and an info becomes a
 * gauge. A counter without the suffix, or with a value that no counter can have, becomes unknown too.
 */
export function openMetricsFamilies(families: readonly Family[]): OpenMetricsFamily[] {
  const taken = new Set(families.flatMap(({ name, type }) => sampleNames(name, type)));
  return families.map((family) => {
    const stem = isProper(family) ? stemOf(family) : undefined;
    if (stem !== undefined && !taken.has(stem) && !taken.has(`${stem}_created`)) {
      taken.add(stem).add(`${stem}_created`);
      return { name: stem, type: family.type, unit: unitOf(stem, family.unit), family };
    }
    const { name } = family;
    const type = family.type === 'counter' ? 'unknown' : family.type === 'info' ? 'gauge' : family.type;
    return { name, type, unit: unitOf(name, family.unit), family };
  });
}

/** The name without the suffix of its type; undefined for types without a suffix. */
function stemOf({ name, type }: Family): string | undefined {
  if (type !== 'counter' && type !== 'info') return undefined;
  const suffix = SUFFIXES[type];
  return name.endsWith(suffix) && name.length > suffix.length ? name.slice(0, -suffix.length) : undefined;
}

/** "A Total is a non-NaN and MUST be monotonically non-decreasing over time, starting from 0." */
function isProper(family: Family): boolean {
  return family.type !== 'counter' || hasTotalsOnly(family);
}

/** Whether all values are those of counters: neither negative nor NaN. */
export function hasTotalsOnly(family: NumberFamily): boolean {
  const { columns } = family;
  if (columns !== undefined) {
    const { cells, width } = columns;
    for (let at = SCALAR_VALUE; at < cells.length; at += width) if (!(cells[at]! >= 0)) return false;
    return true;
  }
  for (const { value } of family.samples) if (!(value >= 0)) return false;
  return true;
}

/** "If non-empty, it MUST be a suffix of the MetricFamily name separated by an underscore." */
function unitOf(name: string, unit: string): string {
  return unit !== '' && name.endsWith(`_${unit}`) ? unit : '';
}
