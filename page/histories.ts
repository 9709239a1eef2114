import type { Point } from '../src/hub/page/wire.ts';

/** Something that happened to the service at a time (milliseconds since the epoch). */
export interface Mark {
  readonly time: number;
  readonly text: string;
}

/** The points of lines by their ids, at these times. Charts draw them. */
export interface Histories {
  readonly times: readonly number[];
  readonly points: ReadonlyMap<string, readonly Point[]>;
  readonly marks: readonly Mark[];
}
