import { activityOf, type ExpireRequest } from '../../model/protocol.ts';
import type { RegisteredInstrument, RegisteredSeries, SeriesRegistry } from './series-registry.ts';

/** The activity of a series, and since when (milliseconds) it has been the same. */
interface Seen {
  readonly activity: number;
  readonly since: number;
}

/**
 * Finds series without a recording for their instrument's idle time. It compares the cells from snapshot to snapshot,
 * so that recording costs nothing for it.
 */
export class IdleWatch {
  private readonly seen = new WeakMap<RegisteredSeries, Seen>();

  /**
   * Call it after a snapshot, so that every idle series was in a snapshot after its last change.
   *
   * @returns requests for the recorder, which alone knows whether something was recorded meanwhile
   */
  poll({ instruments }: SeriesRegistry, now: number): ExpireRequest[] {
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

/** An up-down counter shows a present state: removing it loses nothing only at 0. */
function isExpendable(kind: RegisteredInstrument['description']['kind'], activity: number): boolean {
  return kind !== 'upDownCounter' || activity === 0;
}
