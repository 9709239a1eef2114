import { MAX_STALLS } from '../stalls/log.ts';
import type { FrameView, ProcessStall, StallView } from '../stalls/report.ts';
import { anyNumber, type Check, flag, integer, list, optional, shape, text, where } from './checks.ts';

/** Stalls that `/stalls` has of a service; at most {@link MAX_STALLS} are of one process. */
const MAX_SERVICE_STALLS = 100;
/** Processes whose stalls are kept after their end. */
const MAX_ENDED = 100;
/** More than {@link StallView} has. */
const MAX_TEXT = 4096;
const MAX_ENTRIES = 1000;

const COUNT = integer(0, Number.MAX_SAFE_INTEGER);
const PLACE = {
  function: text(MAX_TEXT),
  file: text(MAX_TEXT),
  line: optional(COUNT),
};

/** The stalls that a follower sends. */
export const STALLS: Check<readonly StallView[]> = list(
  shape<StallView>({
    time: where(
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
  }),
  MAX_STALLS,
);

/** The last stalls of one process. */
export interface ProcessStalls {
  readonly pid: number;
  readonly stalls: readonly StallView[];
}

/** What followers have sent of their stalls. Those of ended processes stay for a while. */
export class FollowersStalls {
  private readonly known = new Map<string, ProcessStalls>();

  get all(): readonly ProcessStalls[] {
    return [...this.known.values()];
  }

  /** @param id of the process */
  set(id: string, stalls: ProcessStalls): void {
    // The one that changed last stays longest.
    this.known.delete(id);
    this.known.set(id, stalls);
  }

  /** Forgets stalls of ended processes if there are too many. */
  limit(isLive: (id: string) => boolean): void {
    const ended = [...this.known.keys()].filter((id) => !isLive(id));
    for (const id of ended.slice(0, Math.max(0, ended.length - MAX_ENDED))) this.known.delete(id);
  }
}

/** The last stalls of a service, the newest first. */
export function serviceStalls(processes: readonly ProcessStalls[]): ProcessStall[] {
  return processes
    .flatMap(({ pid, stalls }) => stalls.map((stall) => ({ pid, ...stall })))
    .toSorted((a, b) => Date.parse(b.time) - Date.parse(a.time))
    .slice(0, MAX_SERVICE_STALLS)
    .map((stall) => (stall.isOver ? stall : { ...stall, seconds: lasting(stall) }));
}

/** Seconds up to now, of a stall that was not over when it was reported. */
function lasting({ time, seconds }: StallView): number {
  return Math.max(seconds, (Date.now() - Date.parse(time)) / 1000);
}
