import type { Attributes } from '@opentelemetry/api';
import type { Run } from './cells.ts';
import type { SeriesExemplars } from './exemplars.ts';

/** One series of an instrument: its attributes and its run of cells. `cells[at]` is START. */
export interface Series extends Run {
  readonly id: number;
  readonly attributes: Attributes;
  /** The identity of its attributes; see `canonicalize`. */
  readonly key: string;
  /** Asked after each recording; `undefined` while none are taken, so that the question costs nothing. */
  exemplars: SeriesExemplars | undefined;
  /**
   * Whether a bound form may write a good value straight into the cells: it may not while the instrument
   * counts integers only, while exemplars are taken, and once the series has been removed.
   */
  isPlain: boolean;
  /** Its cells belong to somebody else by now. Only bound forms and running callbacks still hold it. */
  isRemoved: boolean;
  /** Where look-ups find it. */
  places: Place[];
}

/** A place in the tree: the attributes read so far lead here. */
export interface Place {
  /** The series that is found for exactly the attributes on the way here. */
  series: Series | undefined;
  /** The keys that have been seen next, as a list: nearly always one, two where one is optional. */
  branch: Branch | undefined;
}

export interface Branch {
  readonly key: string;
  readonly children: Map<unknown, Place>;
  next: Branch | undefined;
}
