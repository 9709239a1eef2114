import type { HrTime } from '@opentelemetry/api';
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import { isEarlier } from '../../base/hr-time.ts';
import { addHistograms } from '../../model/explicit-histogram.ts';
import { addExponentialHistograms } from '../../model/exponential-histogram.ts';
import type { Kind } from '../../model/metric-key.ts';
import type { Reading } from './floats.ts';
import type { ProcessState } from './state.ts';

/** Kinds whose values only rise until their series begins anew. */
type Total = Extract<Kind, 'counter' | 'histogram' | 'exponentialHistogram'>;

interface Begun {
  /** The total when the series began anew; `undefined` if its value went on. */
  readonly before: unknown;
  /** Of the last reading. */
  readonly startTime: HrTime;
}

/**
 * Continues totals: a series that its application has reset, or that had expired and comes back, goes on from its old
 * value and keeps its start time. Otherwise the service's total would fall by what this process had counted, and a
 * receiver would count all that is left of it once more.
 */
export class Resets {
  /** Of series that have begun again since other processes know them. */
  private begun = new Map<number, Begun>();

  /**
   * @param state what other processes know
   * @returns what they are to know; `undefined` if the reading is older than that
   */
  continued(state: ProcessState, id: number, kind: Total, reading: Reading): Reading | undefined {
    if (id >= state.size || !state.isPresent(id)) {
      this.begun.delete(id);
      return reading;
    }
    const cells = state.cellsOf(id);
    const row = state.rowIn(id);
    const { startTime, value } = reading;
    const known = this.begun.get(id);
    const isSame = known === undefined ? cells.isStart(row, startTime) : areEqual(known.startTime, startTime);
    const total = known?.before === undefined ? value : sumOf(kind, known.before, value);
    const hasFallen = amountOf(total) < cells.amount(row);
    if (isSame && known === undefined && !hasFallen) return reading;
    // Its collection took longer than the next one.
    if (isSame && hasFallen) return undefined;
    const last = cells.reading(row);
    if (!isSame) this.begun.set(id, { before: hasFallen ? last.value : known?.before, startTime });
    return {
      startTime: isEarlier(startTime, last.startTime) ? startTime : last.startTime,
      value: hasFallen ? sumOf(kind, last.value, value) : total,
    };
  }

  /** @param ids new ids by the present ones; series without one are forgotten */
  renumber(ids: ReadonlyMap<number, number>): void {
    const begun = new Map<number, Begun>();
    for (const [id, one] of this.begun) {
      const next = ids.get(id);
      if (next !== undefined) begun.set(next, one);
    }
    this.begun = begun;
  }
}

/** Values of a series are of its metric's kind. */
function sumOf(kind: Total, a: unknown, b: unknown): unknown {
  switch (kind) {
    case 'counter':
      return (a as number) + (b as number);
    case 'histogram':
      return addHistograms(a as Histogram, b as Histogram);
    case 'exponentialHistogram':
      return addExponentialHistograms(a as ExponentialHistogram, b as ExponentialHistogram);
  }
}

function amountOf(value: unknown): number {
  return typeof value === 'number' ? value : (value as Histogram | ExponentialHistogram).count;
}

function areEqual(a: HrTime, b: HrTime): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
