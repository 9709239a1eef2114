import type { Attributes } from '@opentelemetry/api';
import type { Run } from './cells.ts';
import type { SeriesExemplars } from './exemplars.ts';

/** One series of an instrument: its attributes and its run of cells. `cells[at]` is START. */
export interface Series extends Run, Found<Series> {
  readonly id: number;
  readonly attributes: Attributes;
  /** Of the identity of its attributes. */
  readonly hash: number;
  /** `undefined` while the instrument takes no exemplars, so that a recording pays nothing for them. */
  exemplars: SeriesExemplars | undefined;
  /**
   * Whether a recording may write a good value straight into the cells: not for an integer instrument, not while it
   * takes exemplars, and not after the series was removed.
   */
  isPlain: boolean;
  /** Its cells may belong to another series. Only bound forms and running callbacks still refer to it. */
  isRemoved: boolean;
}

/** What a look-up tree finds. */
export interface Found<T> {
  /** Where the look-up tree leads to it: nowhere, to one place as nearly always, or to several. */
  places: Place<T> | readonly Place<T>[] | undefined;
}

/** A place in the look-up tree, to which a sequence of attributes leads. */
export interface Place<T> {
  /** The series of exactly the attributes on the way here. */
  series: T | undefined;
  /** The keys that follow, as a list: nearly always one, and two where a key is optional. */
  branch: Branch<T> | undefined;
}

export interface Branch<T> {
  readonly key: string;
  /** The places that follow, by the value of the key; `undefined` while there is only one. */
  children: Map<unknown, Place<T>> | undefined;
  /** The first value, and the place that follows it. A map of one entry takes 200 bytes. */
  readonly value: unknown;
  readonly place: Place<T>;
  next: Branch<T> | undefined;
}
