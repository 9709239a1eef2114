import type { Attributes } from '@opentelemetry/api';
import type { SeriesExemplars } from './exemplars.ts';

/** One series of an instrument: its attributes and its run of cells. `cells[at]` is START. */
export interface Series extends Found<Series> {
  /** A slab of the store. */
  readonly cells: Float64Array;
  readonly at: number;
  readonly id: number;
  readonly attributes: Attributes;
  /** The hash of its attributes' identity. */
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

/** The end of ways through a look-up tree, and a place of the tree itself where no further key follows. */
export interface Found<T> {
  /** The tree's result here: nearly always this object itself; `undefined` once the tree has forgotten it. */
  found: T | undefined;
  /** How many ways through the tree end here. */
  ways: number;
  /** As in {@link Place}, where no key follows. */
  readonly key?: undefined;
  readonly nextBranch?: undefined;
}

/**
 * A place in the look-up tree, to which a sequence of attributes leads, with the keys that follow: nearly always one, and
 * two where a key is optional. The first key is part of the place; each further one is a place of its own, in a list.
 */
export interface Place<T> {
  /** The end of exactly the attributes on the way here. */
  found: Found<T> | undefined;
  key: string | undefined;
  /** The places that follow, by the value of the key; `undefined` while there is only one. */
  children: Map<unknown, Node<T>> | undefined;
  /** The first value of the key, and the place that follows it. A map of one entry takes 200 bytes. */
  value: unknown;
  child: Node<T> | undefined;
  nextBranch: Place<T> | undefined;
}

export type Node<T> = Place<T> | Found<T>;
