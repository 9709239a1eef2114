import { activityOf, type ExpireRequest } from '../../model/protocol.ts';
import type { RegisteredInstrument, RegisteredSeries, SeriesRegistry } from './series-registry.ts';

/** What was seen of a series, and since when (milliseconds since the epoch) it has not changed. */
interface Seen {
  readonly activity: number;
  readonly since: number;
}

/**
 * Finds series that nothing has been recorded into for their instrument's idle time. Recording costs
 * nothing for it: what has been recorded shows in the cells.
 */
export class IdleWatch {
  private readonly seen = new WeakMap<RegisteredSeries, Seen>();

  /**
   * To be called after a snapshot, so that whatever is found idle has been in one since it last changed.
   *
   * @returns what to ask of the recorder, which alone can tell whether something was recorded meanwhile
   */
  look({ instruments }: SeriesRegistry, now: number): ExpireRequest[] {
    return [...instruments.values()].flatMap((instrument) => {
      const idle = this.idleOf(instrument, now);
      return idle.size === 0 ? [] : [{ type: 'expire', instrument: instrument.description.id, idle }];
    });
  }

  private idleOf({ description, series }: RegisteredInstrument, now: number): Map<number, number> {
    const idle = new Map<number, number>();
    if (description.seriesIdle === 0) return idle;
    for (const one of series.values()) {
      const activity = activityOf(description, one.cells, one.at);
      const seen = this.seen.get(one);
      if (seen?.activity !== activity) this.seen.set(one, { activity, since: now });
      else if (now - seen.since >= description.seriesIdle && isExpendable(description.kind, activity)) {
        idle.set(one.id, activity);
      }
    }
    return idle;
  }
}

/** What goes up and down shows what there is now; only where that is nothing, nothing is lost with it. */
function isExpendable(kind: RegisteredInstrument['description']['kind'], activity: number): boolean {
  return kind !== 'upDownCounter' || activity === 0;
}
