import type { LimitsAdvice } from '../../model/advice.ts';
import type { InstrumentDescription } from '../../model/protocol.ts';
import type { ExemplarReservoir } from '../../model/view.ts';

/** One stream of an instrument, before the settings are applied to it. */
export interface InstrumentOptions
  extends Omit<InstrumentDescription, 'id' | 'seriesLimit' | 'seriesIdle' | 'merge'> {
  readonly advice: LimitsAdvice;
  /** Which attributes are kept; without it, all. */
  readonly keeps?: (attribute: string) => boolean;
  /** By a view: nothing of it is exported. */
  readonly isDropped?: boolean;
  /** By a view: buckets are explicit, whatever the settings say of all histograms. */
  readonly isExplicit?: boolean;
  /** By a view: which measurements become exemplars. Without it, what the layout of the cells says. */
  readonly exemplarReservoir?: ExemplarReservoir;
}
