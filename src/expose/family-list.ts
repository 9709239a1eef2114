import type { Buckets } from './buckets.ts';
import { type Family, type HistogramFamily, type NumberFamily, sampleNames } from './families.ts';
import type { Labels } from './labels.ts';

/** A metric that wants its samples in a family. */
export interface Claim<Type extends Family['type']> {
  readonly name: string;
  readonly type: Type;
  readonly help: string;
  readonly unit: string;
  /** For warnings: which metric this is, in the application's own words. */
  readonly metric: string;
}

/** The samples of one family; a second one with the same labels is merged into the first. */
export class Samples<Value> {
  readonly list: { readonly labels: Labels; value: Value }[] = [];
  readonly #byLabels = new Map<string, { value: Value }>();

  add(labels: Labels, value: Value, merge: (earlier: Value, later: Value) => Value): void {
    const same = this.#byLabels.get(labels.text);
    if (same !== undefined) {
      same.value = merge(same.value, value);
      return;
    }
    const sample = { labels, value };
    this.#byLabels.set(labels.text, sample);
    this.list.push(sample);
  }
}

interface Head {
  readonly name: string;
  readonly metric: string;
  help: string;
  unit: string;
}
type NumberEntry = Head & { readonly type: NumberFamily['type']; readonly samples: Samples<number> };
type HistogramEntry = Head & { readonly type: HistogramFamily['type']; readonly samples: Samples<Buckets> };

/**
 * Families in the making. Metrics of one name and type share a family; one whose samples would get the
 * names of another family's is refused, with a warning that names both.
 */
export class FamilyList {
  readonly #entries = new Map<string, NumberEntry | HistogramEntry>();
  readonly #holders = new Map<string, string>();
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Where the metric's samples go, or undefined if it is refused. */
  numbers(claim: Claim<NumberFamily['type']>): Samples<number> | undefined {
    const entry = this.#entries.get(claim.name);
    if (entry?.type === claim.type) return this.#join(entry, claim);
    return this.#take(claim, { ...claim, samples: new Samples<number>() });
  }

  /** As `numbers`. */
  histograms(claim: Claim<HistogramFamily['type']>): Samples<Buckets> | undefined {
    const entry = this.#entries.get(claim.name);
    if (entry?.type === claim.type) return this.#join(entry, claim);
    return this.#take(claim, { ...claim, samples: new Samples<Buckets>() });
  }

  families(): Family[] {
    return Array.from(this.#entries.values(), ({ name, help, unit, ...entry }) =>
      entry.type === 'histogram'
        ? { name, help, unit, type: entry.type, samples: entry.samples.list }
        : { name, help, unit, type: entry.type, samples: entry.samples.list },
    );
  }

  #take<Entry extends NumberEntry | HistogramEntry>(
    claim: Claim<Family['type']>,
    entry: Entry,
  ): Entry['samples'] | undefined {
    const names = sampleNames(claim.name, claim.type);
    const taken = names.find((name) => this.#holders.has(name));
    if (taken !== undefined) {
      this.#warn(
        `${claim.metric} is not served: ${this.#holders.get(taken)} already has the Prometheus name ${taken}`,
      );
      return undefined;
    }
    for (const name of names) this.#holders.set(name, claim.metric);
    this.#entries.set(claim.name, entry);
    return entry.samples;
  }

  /** "Metric Metadata": of help texts and units that differ, the first is served. */
  #join<Entry extends NumberEntry | HistogramEntry>(
    entry: Entry,
    claim: Claim<Family['type']>,
  ): Entry['samples'] {
    for (const part of ['help', 'unit'] as const) {
      if (entry[part] === '') entry[part] = claim[part];
      else if (claim[part] !== '' && claim[part] !== entry[part]) {
        this.#warn(
          `${claim.metric} is served with the ${part} "${entry[part]}" of ${entry.metric}, not with its own ` +
            `"${claim[part]}": both are ${claim.name} in Prometheus`,
        );
      }
    }
    return entry.samples;
  }
}
