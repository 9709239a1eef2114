import type { Cause } from './cause.ts';
import type { WaitingRoute } from './routes.ts';
import type { Stall, Thread } from './stalls.ts';

/** Stalls of a process that are kept. */
export const MAX_STALLS = 20;

const NS_PER_SECOND = 1e9;

/** Why a stall has no cause if the hub that examined it ended. */
const HUB_ENDED = "pitot's own thread ended and was started again before it knew the cause";

/** A stall in the log, to be filled in as more of it becomes known. Another hub may go on with it. */
export interface LoggedStall {
  readonly stall: Stall;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Nanoseconds of the monotonic clock; `undefined` while it lasts. */
  end: bigint | undefined;
  cause: Cause | undefined;
  /** Why there is no cause. */
  unexplained: string | undefined;
  /** Seconds that the counter of its cause has. */
  counted: number;
  /** Requests that waited for the loop. */
  routes: readonly WaitingRoute[];
}

/** The last stalls of this process' event loops. */
export class StallLog {
  private readonly clock: () => bigint;
  private readonly stalls: LoggedStall[];
  private readonly save: () => void;
  private changes: number;

  /**
   * @param earlier the stalls of an earlier hub of this process
   * @param save called after changes
   * @param clock nanoseconds of the monotonic clock
   */
  constructor(
    earlier: readonly LoggedStall[] = [],
    save: () => void = () => {},
    clock: () => bigint = process.hrtime.bigint,
  ) {
    this.clock = clock;
    this.save = save;
    this.stalls = earlier.map((logged) => ({
      ...logged,
      ...(logged.cause === undefined && { unexplained: logged.unexplained ?? HUB_ENDED }),
    }));
    this.changes = earlier.length;
  }

  /** Grows with every change; 0 while there has been no stall. */
  get version(): number {
    return this.changes;
  }

  /** The newest first. */
  get all(): readonly LoggedStall[] {
    return this.stalls.toReversed();
  }

  add(stall: Stall): LoggedStall {
    const lasted = Number(this.clock() - stall.start) / 1e6;
    const logged: LoggedStall = {
      ...{ stall, startedAt: Date.now() - lasted, end: undefined },
      ...{ cause: undefined, unexplained: undefined, counted: 0, routes: [] },
    };
    this.stalls.push(logged);
    if (this.stalls.length > MAX_STALLS) this.stalls.shift();
    return logged;
  }

  /** @returns the ended stall, unless later ones have taken its place in the log */
  end(stall: Stall, end: bigint): LoggedStall | undefined {
    const logged = this.stalls.find((one) => isSame(one.stall, stall));
    if (logged !== undefined) logged.end = end;
    return logged;
  }

  /** To be called after a change to a stall. */
  changed(): void {
    this.changes++;
    this.save();
  }

  /** Its duration, so far if it is not over. */
  secondsOf({ stall, end = this.clock() }: LoggedStall): number {
    return Number(end - stall.start) / NS_PER_SECOND;
  }
}

/** By value: one of them may come from an earlier hub. */
function isSame(a: Stall, b: Stall): boolean {
  return a.thread.id === b.thread.id && a.start === b.start;
}

export function threadName({ name, id }: Thread): string {
  return name === 'main' ? 'main' : `worker ${id}`;
}
