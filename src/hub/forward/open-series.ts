import type { HrTime } from '@opentelemetry/api';
import { areEqual } from '../../model/boundaries.ts';
import type { Distribution } from '../expose/buckets.ts';
import type { Family, Sample } from '../expose/families.ts';
import { isNative } from '../expose/formats/native-histogram.ts';
import type { SampleExemplar } from '../expose/sample-exemplar.ts';

/** A sample of a request: one series, or all those of a histogram. */
export interface Written {
  /** The family without its samples. */
  readonly family: Pick<Family, 'name' | 'type' | 'help' | 'unit'>;
  readonly sample: Sample<number | Distribution>;
  /** Those that no earlier request had, the oldest first. */
  readonly exemplars: readonly SampleExemplar[];
  /** The time of the latest exemplar so far, in milliseconds since the epoch. */
  readonly exemplarTime: number;
}

/** A sample that a receiver has, and its successor: `undefined` if its series do not go on. */
export interface Gone extends Written {
  readonly now: Written | undefined;
}

/** The samples of one request, by series. */
export type Snapshot = ReadonlyMap<string, Written>;

/** Remembers the series that a receiver may have: their ends are to be told, and their exemplars not again. */
export class OpenSeries {
  private open: Map<string, Written> = new Map();

  get areNone(): boolean {
    return this.open.size === 0;
  }

  snapshot(families: readonly Family[]): Snapshot {
    const snapshot = new Map<string, Written>();
    for (const { name, type, help, unit, samples } of families) {
      const family = { name, type, help, unit };
      for (const sample of samples) {
        const key = `${name}{${sample.labels.text}}`;
        snapshot.set(key, { family, sample, ...newExemplars(sample.exemplars, this.open.get(key)) });
      }
    }
    return snapshot;
  }

  /** The series that are not in the snapshot, or not all of them. */
  goneBy(snapshot: Snapshot): readonly Gone[] {
    const gone: Gone[] = [];
    for (const [key, written] of this.open) {
      const now = snapshot.get(key);
      if (now === undefined || !haveSameSeries(written, now)) gone.push({ ...written, now });
    }
    return gone;
  }

  /** A request with these is sent: whatever becomes of it, the receiver may have them. */
  sent(snapshot: Snapshot): void {
    for (const [key, written] of snapshot) {
      const before = this.open.get(key);
      // The end of a bucket that is gone remains to be told.
      const isSame = before === undefined || haveSameSeries(before, written);
      this.open.set(key, isSame ? written : { ...before, exemplarTime: written.exemplarTime });
    }
  }

  /** The receiver has the request with these, and with the ends of all others. */
  accepted(snapshot: Snapshot): void {
    this.open = new Map(snapshot);
  }
}

/**
 * Prometheus refuses a request with an exemplar that is older than one that the series has, so that each is sent once,
 * in the order that it wants: by time, then by value.
 */
function newExemplars(
  exemplars: readonly SampleExemplar[] | undefined,
  before: Written | undefined,
): Pick<Written, 'exemplars' | 'exemplarTime'> {
  const since = before?.exemplarTime ?? 0;
  if (exemplars === undefined) return { exemplars: NO_EXEMPLARS, exemplarTime: since };
  const inOrder = exemplars
    .filter(({ time }) => milliseconds(time) > since)
    .sort((a, b) => milliseconds(a.time) - milliseconds(b.time) || a.value - b.value);
  const last = inOrder.at(-1);
  return { exemplars: inOrder, exemplarTime: last === undefined ? since : milliseconds(last.time) };
}

const NO_EXEMPLARS: readonly SampleExemplar[] = [];

/** Whole ones, as Prometheus counts time. */
export function milliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + Math.floor(nanoseconds / 1e6);
}

/** A histogram has other series when its boundaries change, or its kind of buckets. */
function haveSameSeries({ sample: { value: a } }: Written, { sample: { value: b } }: Written): boolean {
  if (typeof a === 'number' || typeof b === 'number') return typeof a === typeof b;
  if (isOneSeries(a) || isOneSeries(b)) return isOneSeries(a) && isOneSeries(b);
  return (a.sum === undefined) === (b.sum === undefined) && areEqual(a.boundaries, b.boundaries);
}

/** A native histogram. */
function isOneSeries({ exponential }: Distribution): boolean {
  return exponential !== undefined && isNative(exponential);
}
