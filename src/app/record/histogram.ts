import type { Attributes, Context } from '@opentelemetry/api';
import { areEqual, DEFAULT_BOUNDARIES } from '../../model/boundaries.ts';
import { OBSERVED_RULE } from '../../model/gauge-rules.ts';
import type { BoundRecorder, Histogram } from './api.ts';
import { Bound } from './bound.ts';
import type { RecorderContext } from './context.ts';
import { ExplicitBuckets } from './explicit-buckets.ts';
import { ExponentialBuckets } from './exponential-buckets.ts';
import type { InstrumentOptions } from './instrument-options.ts';
import { InstrumentState } from './instrument-state.ts';
import { IntervalBuckets } from './interval-buckets.ts';
import type { Buckets } from './layouts.ts';
import { Limited } from './limited.ts';
import { ObservedBuckets } from './observed-buckets.ts';
import type { Series } from './series.ts';
import { Totals } from './totals.ts';

/**
 * Histograms of pitot's have a method by this name, for `observe()`: it returns the totals of their streams, which are
 * counted elsewhere from then on.
 */
export const OBSERVED_TOTALS = Symbol.for('pitot.histogram.observedTotals');

/** The state of a histogram with explicit or exponential buckets. */
export class HistogramState extends InstrumentState {
  buckets: Buckets;
  /** Whether the application itself advised exponential buckets. */
  private readonly isAdvised: boolean;
  private readonly isExplicit: boolean;
  /** The totals that `observe()` reports. Without it the application records values. */
  private totals: Totals | undefined;

  constructor(options: InstrumentOptions, context: RecorderContext) {
    const { isExplicit = false } = options;
    const { name, boundaries } = options;
    const isExponential = options.isExponential || (!isExplicit && context.isExponential(name, boundaries));
    const cellBoundaries = finerBoundaries(options);
    super(
      {
        ...options,
        isExponential,
        hasIntervals: context.hasIntervals(),
        ...(cellBoundaries !== undefined && { cellBoundaries }),
      },
      context,
    );
    this.isAdvised = options.isExponential;
    this.isExplicit = isExplicit;
    this.buckets = this.chosen();
  }

  /** A histogram with series keeps its buckets. */
  override reconfigure(): void {
    super.reconfigure();
    if (this.totals !== undefined) return;
    const { name, boundaries } = this.described;
    const isExponential =
      this.isAdvised || (!this.isExplicit && this.context.isExponential(name, boundaries));
    const hasIntervals = this.context.hasIntervals();
    const isSame =
      isExponential === this.described.isExponential && hasIntervals === this.described.hasIntervals;
    if (isSame || !this.index.isEmpty) return;
    this.redescribe({ isExponential, hasIntervals });
    this.buckets = this.chosen();
  }

  override get layout(): Buckets {
    return this.buckets;
  }

  /** An observed series goes when its owner no longer reports it. */
  override expire(idle: ReadonlyMap<number, number>): void {
    if (this.totals === undefined) super.expire(idle);
  }

  /**
   * Its totals, which another program counts from now on. Earlier recordings of the application are removed, and later
   * ones ignored with a warning. The buckets are explicit, with the boundaries of the instrument. All
   * processes of a service observe the same totals, so the service has the largest and not their sum.
   */
  observed(): Totals {
    if (this.totals === undefined) {
      this.reset();
      const { boundaries = [], description } = this.described;
      this.totals = new Totals(this, description);
      this.buckets = new ObservedBuckets(boundaries, () => this.warnOfRecording());
      this.redescribe({
        isExponential: false,
        hasIntervals: false,
        cellBoundaries: undefined,
        merge: this.mergeRule,
      });
    }
    return this.totals;
  }

  protected override get mergeRule(): string | undefined {
    return this.totals === undefined ? super.mergeRule : OBSERVED_RULE;
  }

  private warnOfRecording(): void {
    this.warn('recorded', 'was recorded, but observe() gives it its values; the recording is ignored');
  }

  private chosen(): Buckets {
    const { isExponential, boundaries, hasIntervals } = this.described;
    const { cellBoundaries = boundaries ?? [] } = this.described;
    const buckets = isExponential
      ? new ExponentialBuckets(
          areEqual(boundaries ?? DEFAULT_BOUNDARIES, DEFAULT_BOUNDARIES) ? undefined : boundaries,
        )
      : new ExplicitBuckets(cellBoundaries, boundaries ?? []);
    return hasIntervals === true ? new IntervalBuckets(buckets) : buckets;
  }
}

/** The advised boundaries of cells, if all boundaries that the histogram is served with are among them. */
function finerBoundaries({
  boundaries,
  advice,
}: Pick<InstrumentOptions, 'boundaries' | 'advice'>): readonly number[] | undefined {
  const { cellBoundaries } = advice;
  return boundaries?.every((boundary) => cellBoundaries?.includes(boundary)) === true
    ? cellBoundaries
    : undefined;
}

export class PitotHistogram<A extends Attributes = Attributes>
  extends Limited<A, HistogramState>
  implements Histogram<A>
{
  /** Counts `value` (not negative) in the series with these attributes. */
  record(value: number, attributes?: A, context?: Context): void {
    const { state } = this;
    if (typeof value !== 'number' || !(value >= 0 && value <= Number.MAX_VALUE) || state.isInteger) {
      const accepted = state.acceptPositive(value);
      if (accepted === undefined) return;
      value = accepted;
    }
    const series = this.index.find(attributes);
    state.buckets.record(series.cells, series.at, value);
    series.exemplars?.offer(state.buckets.slotOf(value), value, context);
  }

  bind(attributes?: A): BoundRecorder {
    return new BoundHistogram(this.state, this.index.find(attributes));
  }

  [OBSERVED_TOTALS](): readonly Totals[] {
    return [this.state.observed()];
  }
}

class BoundHistogram extends Bound<HistogramState> implements BoundRecorder {
  #buckets: Buckets;
  #cells: Float64Array;
  #at: number;

  constructor(state: HistogramState, series: Series) {
    super(state, series);
    this.#buckets = state.buckets;
    this.#cells = series.cells;
    this.#at = series.at;
  }

  record(value: number, context?: Context): void {
    if (typeof value === 'number' && value >= 0 && value <= Number.MAX_VALUE && this.series.isPlain) {
      this.#buckets.record(this.#cells, this.#at, value);
    } else {
      this.#recordSlowly(value, context);
    }
  }

  #recordSlowly(value: number, context: Context | undefined): void {
    const accepted = this.state.acceptPositive(value);
    if (accepted === undefined) return;
    const { cells, at, exemplars } = this.current();
    this.#buckets = this.state.buckets;
    this.#cells = cells;
    this.#at = at;
    this.#buckets.record(cells, at, accepted);
    exemplars?.offer(this.#buckets.slotOf(accepted), accepted, context);
  }
}
