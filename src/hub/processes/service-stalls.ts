import { MAX_STALLS } from '../stalls/log.ts';
import type { FrameView, ProcessStall, StallView } from '../stalls/report.ts';
import { anyNumber, type Check, flag, integer, list, optional, shape, text, where } from './checks.ts';

/** Stalls that `/stalls` has of a service; at most {@link MAX_STALLS} are of one process. */
const MAX_SERVICE_STALLS = 100;
/** More than {@link StallView} has. */
const MAX_TEXT = 4096;
const MAX_ENTRIES = 1000;

const COUNT = integer(0, Number.MAX_SAFE_INTEGER);
const PLACE = {
  function: text(MAX_TEXT),
  file: text(MAX_TEXT),
  line: optional(COUNT),
};

const VIEW = {
  time: where<string>(
    (value) => typeof value === 'string' && value.length < 64 && !Number.isNaN(Date.parse(value)),
  ),
  seconds: anyNumber,
  isOver: flag,
  thread: text(MAX_TEXT),
  cause: optional(
    shape<NonNullable<StallView['cause']>>({
      ...PLACE,
      calling: optional(text(MAX_TEXT)),
      isNative: flag,
      share: anyNumber,
    }),
  ),
  stack: optional(list(shape<FrameView>({ ...PLACE, column: optional(COUNT) }), MAX_ENTRIES)),
  unexplained: optional(text(MAX_TEXT)),
  routes: list(shape({ method: text(MAX_TEXT), route: text(MAX_TEXT) }), MAX_ENTRIES),
};

/** The stalls of one process. */
export const STALLS: Check<readonly StallView[]> = list(shape<StallView>(VIEW), MAX_STALLS);

/** The last stalls of the processes that have ended. */
export const ENDED_STALLS: Check<readonly ProcessStall[]> = list(
  shape<ProcessStall>({ pid: COUNT, ...VIEW }),
  MAX_STALLS,
);

/** The last stalls of one process. */
export interface ProcessStalls {
  readonly pid: number;
  readonly stalls: readonly StallView[];
}

/**
 * Adds the stalls of a process that has ended, or of several, to those of the ones that ended before.
 *
 * @returns the last ones, the newest first
 */
export function endedStalls(
  before: readonly ProcessStall[],
  added: readonly ProcessStall[],
): readonly ProcessStall[] {
  const all = new Map([...before, ...added].map((stall) => [keyOf(stall), concluded(stall)]));
  return newestFirst([...all.values()]).slice(0, MAX_STALLS);
}

/** The last stalls of a service, the newest first. */
export function serviceStalls(
  processes: readonly ProcessStalls[],
  ended: readonly ProcessStall[] = [],
): ProcessStall[] {
  return newestFirst([...processes.flatMap(stallsOf), ...ended])
    .slice(0, MAX_SERVICE_STALLS)
    .map((stall) => (stall.isOver ? stall : { ...stall, seconds: lasting(stall) }));
}

/** With the id of their process. */
export function stallsOf({ pid, stalls }: ProcessStalls): ProcessStall[] {
  return stalls.map((stall) => ({ pid, ...stall }));
}

function newestFirst(stalls: readonly ProcessStall[]): ProcessStall[] {
  return stalls.toSorted((a, b) => Date.parse(b.time) - Date.parse(a.time));
}

/** Two logs may have a stall in common. */
function keyOf({ pid, time, thread }: ProcessStall): string {
  return JSON.stringify([pid, time, thread]);
}

/** No stall outlasts its process. */
function concluded(stall: ProcessStall): ProcessStall {
  return stall.isOver ? stall : { ...stall, isOver: true, seconds: lasting(stall) };
}

/** Seconds up to now, of a stall that was not over when it was reported. */
function lasting({ time, seconds }: StallView): number {
  return Math.max(seconds, (Date.now() - Date.parse(time)) / 1000);
}
