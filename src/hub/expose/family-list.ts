import type { HrTime } from '@opentelemetry/api';
import { isEarlier } from '../../base/hr-time.ts';
import type { Distribution } from './buckets.ts';
import { withLatest } from './exemplars.ts';
import {
  type Family,
  type HistogramFamily,
  type NumberFamily,
  type Sample,
  sampleNames,
} from './families.ts';
import { FamilyMemory } from './family-memory.ts';
import type { Labels } from './labels.ts';

/** A metric that wants its samples in a family. */
export interface Claim<Type extends Family['type']> {
  readonly name: string;
  readonly type: Type;
  readonly help: string;
  readonly unit: string;
  /** The metric's name in OpenTelemetry. */
  readonly given: string;
  /** For warnings: which metric this is, in the application's own words. */
  readonly metric: string;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The samples of one family; a second one of the same series is merged into the first. */
export class Samples<Value> {
  readonly list: Mutable<Sample<Value>>[] = [];
  readonly memory: FamilyMemory;
  readonly #round: number;

  constructor(memory: FamilyMemory) {
    this.memory = memory;
    this.#round = memory.nextRound();
  }

  add(
    labels: Labels,
    { value, created, exemplars }: Omit<Sample<Value>, 'labels'>,
    merge: (earlier: Value, later: Value) => Value,
  ): void {
    const same = labels.round === this.#round ? this.list[labels.index] : undefined;
    if (same === undefined) {
      labels.round = this.#round;
      labels.index = this.list.length;
      this.list.push({ labels, value, created, exemplars });
      return;
    }
    same.value = merge(same.value, value);
    same.created = earlier(same.created, created);
    if (exemplars !== undefined) same.exemplars = [...(same.exemplars ?? []), ...exemplars];
  }
}

interface Head {
  readonly name: string;
  readonly given: string;
  readonly metric: string;
  help: string;
  unit: string;
}
type NumberEntry = Head & { readonly type: NumberFamily['type']; readonly samples: Samples<number> };
type HistogramEntry = Head & {
  readonly type: HistogramFamily['type'];
  readonly samples: Samples<Distribution>;
};

/** What is kept of families from one list to the next. */
export type Memories = ReadonlyMap<string, FamilyMemory>;

/**
 * Families in the making. Metrics of one name and type share a family; one whose samples would get the
 * names of another family's is refused, with a warning that names both.
 */
export class FamilyList {
  readonly #entries = new Map<string, NumberEntry | HistogramEntry>();
  readonly #holders = new Map<string, string>();
  readonly #memories: Memories;
  readonly #warn: (message: string) => void;

  constructor(memories: Memories, warn: (message: string) => void) {
    this.#memories = memories;
    this.#warn = warn;
  }

  /** Where the metric's samples go, or undefined if it is refused. */
  numbers(claim: Claim<NumberFamily['type']>): Samples<number> | undefined {
    const entry = this.#entries.get(claim.name);
    if (entry?.type === claim.type) return this.#join(entry, claim);
    return this.#take(claim, (memory) => ({ ...claim, samples: new Samples<number>(memory) }));
  }

  /** As `numbers`. */
  histograms(claim: Claim<HistogramFamily['type']>): Samples<Distribution> | undefined {
    const entry = this.#entries.get(claim.name);
    if (entry?.type === claim.type) return this.#join(entry, claim);
    return this.#take(claim, (memory) => ({ ...claim, samples: new Samples<Distribution>(memory) }));
  }

  families(): Family[] {
    for (const { samples } of this.#entries.values()) {
      for (const sample of samples.list) sample.exemplars = withLatest(sample);
    }
    return Array.from(this.#entries.values(), ({ name, help, unit, ...entry }) =>
      entry.type === 'histogram'
        ? { name, help, unit, type: entry.type, samples: entry.samples.list }
        : { name, help, unit, type: entry.type, samples: entry.samples.list },
    );
  }

  /** For the next list: what families that have gone left is not in it. */
  memories(): Memories {
    const memories = new Map<string, FamilyMemory>();
    for (const entry of this.#entries.values()) {
      const { memory, list } = entry.samples;
      memory.served = list.length;
      memories.set(memoryKey(entry), memory);
    }
    return memories;
  }

  #take<Entry extends NumberEntry | HistogramEntry>(
    claim: Claim<Family['type']>,
    create: (memory: FamilyMemory) => Entry,
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
    const entry = create(this.#memories.get(memoryKey(claim)) ?? new FamilyMemory());
    this.#entries.set(claim.name, entry);
    return entry.samples;
  }

  /**
   * If help texts or units differ, pitot serves the first. ("Metric Metadata") Different metrics in one family are
   * permitted, but hardly meant.
   */
  #join<Entry extends NumberEntry | HistogramEntry>(
    entry: Entry,
    claim: Claim<Family['type']>,
  ): Entry['samples'] {
    if (claim.given !== entry.given) {
      this.#warn(
        `${claim.metric} and ${entry.metric} are one metric in Prometheus, ${claim.name}: series with the same labels ` +
          'are merged. Give one of them another name.',
      );
    }
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

function memoryKey({ name, type }: { readonly name: string; readonly type: Family['type'] }): string {
  return `${type} ${name}`;
}

function earlier(a: HrTime | undefined, b: HrTime | undefined): HrTime | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return isEarlier(b, a) ? b : a;
}
