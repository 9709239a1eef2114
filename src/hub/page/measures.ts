import type { Measure, MetricType } from './wire.ts';

/** The measure of a unit's values. Units without one are plain numbers. */
export function measureOf(unit: string): Measure {
  if (unit === 's' || unit === 'By') return unit;
  return unit === '1' ? 'ratio' : 'count';
}

/** The measure of a counter's rate, by the counter's unit. Seconds per second may be a share, or cores. */
export function rateMeasureOf(unit: string): Measure {
  if (unit === 'By') return 'By/s';
  return unit === 's' ? 's/s' : '/s';
}

/** The most common query for a metric of that type. */
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
