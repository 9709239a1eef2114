import type { Measure, MetricType } from './wire.ts';

/** How values of a unit are written; what has no measure of its own is a plain number. */
export function measureOf(unit: string): Measure {
  if (unit === 's' || unit === 'By') return unit;
  return unit === '1' ? 'ratio' : 'count';
}

/** How what is added to a counter of that unit each second is written. Seconds a second are CPUs, or a share. */
export function rateMeasureOf(unit: string): Measure {
  if (unit === 'By') return 'By/s';
  return unit === 's' ? 'cpu' : '/s';
}

/** A query that answers what is mostly asked of such a metric. */
export function promqlOf(type: MetricType, prometheus: string): string {
  switch (type) {
    case 'counter':
      return `sum(rate(${prometheus}[5m]))`;
    case 'histogram':
      return `histogram_quantile(0.95, sum by (le) (rate(${prometheus}_bucket[5m])))`;
    default:
      return prometheus;
  }
}
