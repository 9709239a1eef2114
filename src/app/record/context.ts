import type { RecorderMessage } from '../../model/protocol.ts';
import type { CellStore, Run } from './cells.ts';
import type { ExemplarSampler } from './exemplars.ts';
import type { Limits } from './limits.ts';
import type { Views } from './views.ts';

/** Everything that the instruments of one recorder share. */
export interface RecorderContext {
  readonly store: CellStore;
  readonly announce: (message: RecorderMessage) => void;
  readonly exemplars: ExemplarSampler;
  /** Whether the settings give a histogram of that name and those explicit boundaries exponential buckets. */
  readonly isExponential: (name: string, boundaries: readonly number[] | undefined) => boolean;
  /** Whether new histograms also keep minimum and maximum of each interval, for a receiver that prefers differences. */
  readonly hasIntervals: () => boolean;
  readonly limits: () => Limits;
  readonly views: () => Views;
  /** Whether an instrument exports nothing: see `Recorder.silence`. */
  readonly isSilenced: (scope: string, name: string) => boolean;
  /** Counts a series that is not as the contract of its instrument declares. */
  readonly violated: (instrument: string, attribute: string) => void;
  /** Frees runs that the hub may still be reading; returns the number of the removal. */
  readonly retire: (runs: readonly Run[]) => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly nextInstrument: () => number;
  readonly nextSeries: () => number;
}
