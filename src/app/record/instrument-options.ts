import type { LimitsAdvice } from '../../model/advice.ts';
import type { InstrumentDescription } from '../../model/protocol.ts';

/** What the application said of an instrument when it created it. */
export interface InstrumentOptions
  extends Omit<InstrumentDescription, 'id' | 'seriesLimit' | 'seriesIdle' | 'merge'> {
  readonly advice: LimitsAdvice;
  /** By a view: which attributes are kept; without it, all. */
  readonly keeps?: (attribute: string) => boolean;
  /** By a view: nothing of it is exported. */
  readonly isDropped?: boolean;
  /** By a view: buckets are explicit, whatever the settings say of all histograms. */
  readonly isExplicit?: boolean;
}
