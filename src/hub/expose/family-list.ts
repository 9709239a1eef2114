import type { HrTime } from '@opentelemetry/api';
import { isEarlier } from '../../base/hr-time.ts';
import type { Distribution } from './buckets.ts';
import { withLatest } from './exemplars.ts';
import {
  type Family,
  type HistogramFamily,
  type NumberFamily,
  type Sample,
  type SampleColumns,
  sampleNames,
} from './families.ts';
import { LabelCache } from './label-cache.ts';

/** A metric's request to put its samples into a family. */
export interface FamilyRequest<Type extends Family['type']> {
  readonly name: string;
  readonly type: Type;
  readonly help: string;
  readonly unit: string;
  /** The metric's name in OpenTelemetry. */
  readonly given: string;
  /** For warnings: a description of the metric in the application's own words. */
  readonly metric: string;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Metrics of pitot and of OpenTelemetry's own packages, in descriptions. */
const KNOWN_SCOPES = [' of scope "pitot/', ' of scope "@opentelemetry/'];

/**
 * Whether one of two metrics with the same name and unit is pitot's or an official instrumentation's: they record one
 * metric of the conventions and describe it in other words, which the application cannot change.
 */
function areAlike(
  one: FamilyRequest<Family['type']>,
  other: Pick<typeof one, 'given' | 'unit' | 'metric'>,
): boolean {
  const isKnown = [one, other].some(({ metric }) => KNOWN_SCOPES.some((scope) => metric.includes(scope)));
  return isKnown && one.given === other.given && one.unit === other.unit;
}

/** The samples of one family. It merges a second sample of a series into the first. */
export class Samples<Value> {
  readonly list: Mutable<Sample<Value>>[] = [];
  readonly cache: LabelCache;
  /** All samples, where one metric has them and `list` is empty. */
  #columns: SampleColumns<Value> | undefined;
  readonly #generation: number;

  constructor(cache: LabelCache) {
    this.cache = cache;
    this.#generation = cache.nextGeneration();
  }

  get columns(): SampleColumns<Value> | undefined {
    return this.#columns;
  }

  get count(): number {
    return this.#columns?.labels.length ?? this.list.length;
  }

  addColumns(columns: SampleColumns<Value>, merge: (earlier: Value, later: Value) => Value): void {
    if (this.count === 0) this.#columns = columns;
    else for (const sample of columns.samples()) this.add(sample, merge);
  }

  add(sample: Mutable<Sample<Value>>, merge: (earlier: Value, later: Value) => Value): void {
    if (this.#columns !== undefined) {
      const before = this.#columns.samples();
      this.#columns = undefined;
      for (const one of before) this.add(one, merge);
    }
    const { labels } = sample;
    const same = labels.generation === this.#generation ? this.list[labels.index] : undefined;
    if (same === undefined) {
      labels.generation = this.#generation;
      labels.index = this.list.length;
      this.list.push(sample);
      return;
    }
    const { exemplars } = sample;
    same.value = merge(same.value, sample.value);
    same.created = earlier(same.created, sample.created);
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

/** The caches of all families, from one list to the next. */
export type LabelCaches = ReadonlyMap<string, LabelCache>;

/**
 * Builds families. Metrics of one name and type share a family. Each sample name has one owner: a metric whose samples
 * would have another's names is refused, with a warning that names both.
 */
export class FamilyList {
  readonly #entries = new Map<string, NumberEntry | HistogramEntry>();
  readonly #owners = new Map<string, string>();
  readonly #caches: LabelCaches;
  readonly #warn: (message: string) => void;

  constructor(caches: LabelCaches, warn: (message: string) => void) {
    this.#caches = caches;
    this.#warn = warn;
  }

  /** The samples that the metric adds to, or undefined if it is refused. */
  numbers(request: FamilyRequest<NumberFamily['type']>): Samples<number> | undefined {
    const entry = this.#entries.get(request.name);
    if (entry?.type === request.type) return this.#join(entry, request);
    return this.#take(request, (cache) => ({ ...request, samples: new Samples<number>(cache) }));
  }

  /** The same as `numbers`, for histograms. */
  histograms(request: FamilyRequest<HistogramFamily['type']>): Samples<Distribution> | undefined {
    const entry = this.#entries.get(request.name);
    if (entry?.type === request.type) return this.#join(entry, request);
    return this.#take(request, (cache) => ({ ...request, samples: new Samples<Distribution>(cache) }));
  }

  families(): Family[] {
    for (const { samples } of this.#entries.values()) {
      for (const sample of samples.list) sample.exemplars = withLatest(sample);
    }
    return Array.from(this.#entries.values(), ({ name, help, unit, ...entry }) =>
      entry.type === 'histogram'
        ? withSamples({ name, help, unit, type: entry.type }, entry.samples)
        : withSamples({ name, help, unit, type: entry.type }, entry.samples),
    );
  }

  /** For the next list, without the caches of families that ended. */
  caches(): LabelCaches {
    const caches = new Map<string, LabelCache>();
    for (const entry of this.#entries.values()) {
      const { cache, count } = entry.samples;
      cache.served = count;
      caches.set(cacheKey(entry), cache);
    }
    return caches;
  }

  #take<Entry extends NumberEntry | HistogramEntry>(
    request: FamilyRequest<Family['type']>,
    create: (cache: LabelCache) => Entry,
  ): Entry['samples'] | undefined {
    const names = sampleNames(request.name, request.type);
    const taken = names.find((name) => this.#owners.has(name));
    if (taken !== undefined) {
      this.#warn(
        `${request.metric} is not served: ${this.#owners.get(taken)} already has the Prometheus name ${taken}`,
      );
      return undefined;
    }
    for (const name of names) this.#owners.set(name, request.metric);
    const entry = create(this.#caches.get(cacheKey(request)) ?? new LabelCache());
    this.#entries.set(request.name, entry);
    return entry.samples;
  }

  /**
   * If help texts or units differ, pitot serves the first. ("Metric Metadata") Different metrics in one family are
   * permitted, but rarely intended.
   */
  #join<Entry extends NumberEntry | HistogramEntry>(
    entry: Entry,
    request: FamilyRequest<Family['type']>,
  ): Entry['samples'] {
    if (request.given !== entry.given) {
      this.#warn(
        `${request.metric} and ${entry.metric} are one metric in Prometheus, ${request.name}: series with the same labels ` +
          'are merged. Give one of them another name.',
      );
    }
    for (const part of ['help', 'unit'] as const) {
      if (entry[part] === '') entry[part] = request[part];
      else if (request[part] !== '' && request[part] !== entry[part] && !areAlike(request, entry)) {
        this.#warn(
          `${request.metric} is served with the ${part} "${entry[part]}" of ${entry.metric}, not with its own ` +
            `"${request[part]}": both are ${request.name} in Prometheus`,
        );
      }
    }
    return entry.samples;
  }
}

function withSamples<Fields extends object, Value>(fields: Fields, { columns, list }: Samples<Value>) {
  if (columns === undefined) return { ...fields, samples: list };
  let samples: Sample<Value>[] | undefined;
  return {
    ...fields,
    columns,
    get samples() {
      samples ??= columns.samples();
      return samples;
    },
  };
}

function cacheKey({ name, type }: { readonly name: string; readonly type: Family['type'] }): string {
  return `${type} ${name}`;
}

function earlier(a: HrTime | undefined, b: HrTime | undefined): HrTime | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return isEarlier(b, a) ? b : a;
}
