import type { Series } from '../../record/series.ts';
import { givenExemplars } from '../given-exemplars.ts';
import type { LabelValues } from './types.ts';

/** The most characters of an exemplar's labels. (OpenMetrics 1.0, "Exemplars") */
const MAX_CHARACTERS = 128;

/** An exemplar as OpenMetrics shows it. */
export class Exemplar {
  labelSet: LabelValues<string>;
  value: number | null;
  /** Seconds since the epoch. */
  timestamp?: number;

  constructor(labelSet: LabelValues<string> = {}, value: number | null = null) {
    this.labelSet = labelSet;
    this.value = value;
  }

  /** Throws a `RangeError` for labels that are too long. */
  validateExemplarLabelSet(labelSet: LabelValues<string>): void {
    const length = Object.entries(labelSet).reduce((sum, [name, value]) => sum + `${name}${value}`.length, 0);
    if (length > MAX_CHARACTERS) {
      throw new RangeError('Label set size must be smaller than 128 UTF-8 chars');
    }
  }

  take(labelSet: LabelValues<string>, value: number): void {
    this.validateExemplarLabelSet(labelSet);
    this.labelSet = labelSet;
    this.value = value;
    this.timestamp = Date.now() / 1000;
  }
}

/** Gives the recorder an exemplar whose labels name a trace. Its cells have no place for others. */
export function putExemplar(
  { series }: { readonly series: Series | undefined },
  slot: number,
  exemplar: Exemplar,
): void {
  const { labelSet, value, timestamp } = exemplar;
  if (value === null || timestamp === undefined) return;
  for (const given of givenExemplars([{ labelSet, value, timestamp }])) series?.exemplars?.put(slot, given);
}
