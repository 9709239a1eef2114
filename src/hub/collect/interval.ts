import type { Interval, WithInterval } from '../../model/histogram-summary.ts';
import {
  INTERVAL_ASKED,
  INTERVAL_CELLS,
  INTERVAL_COUNT,
  INTERVAL_MAX,
  INTERVAL_MIN,
  INTERVAL_NUMBER,
} from '../../model/protocol.ts';
import type { RegisteredSeries } from './series-registry.ts';

/** Readings before the hub takes one that a recording was part of. */
const MAX_READINGS = 10;

/**
 * Reads a histogram together with its interval: so that no recording falls between the two, if it can be had.
 *
 * @param isEnd whether this reading ends the interval: later recordings belong to the next one
 * @param read reads the histogram's other cells
 */
export function withInterval<T extends object>(
  { cells, at, length }: RegisteredSeries,
  isEnd: boolean,
  read: () => T | undefined,
): (T & WithInterval) | undefined {
  const first = at + length - INTERVAL_CELLS;
  const asked = cells[first + INTERVAL_ASKED]!;
  let value: T | undefined;
  let interval: Interval;
  let readings = 0;
  do {
    interval = intervalAt(cells, first);
    value = read();
    readings++;
  } while (cells[first + INTERVAL_COUNT] !== interval.count && readings < MAX_READINGS);
  if (isEnd) cells[first + INTERVAL_ASKED] = asked + 1;
  // Nothing was recorded since the last interval ended.
  if (cells[first + INTERVAL_NUMBER]! < asked) interval = { count: 0 };
  return value && { ...value, interval };
}

function intervalAt(cells: Float64Array, first: number): Interval {
  const count = cells[first + INTERVAL_COUNT]!;
  return { count, min: cells[first + INTERVAL_MIN]!, max: cells[first + INTERVAL_MAX]! };
}
