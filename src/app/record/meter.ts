import {
  type Attributes,
  type BatchObservableCallback,
  type MetricOptions,
  type Observable,
  ValueType,
} from '@opentelemetry/api';
import { diag } from '../../base/diag.ts';
import { type AdvisedOptions, adviceOf } from '../../model/advice.ts';
import { DEFAULT_BOUNDARIES } from '../../model/boundaries.ts';
import type {
  ExpireRequest,
  InstrumentDescription,
  InstrumentKind,
  ScopeDescription,
} from '../../model/protocol.ts';
import type { HistogramOptions, Meter } from './api.ts';
import type { RecorderContext } from './context.ts';
import { CountedHistogram, CountedHistogramState } from './counted-histogram.ts';
import { HistogramState, PitotHistogram } from './histogram.ts';
import type { InstrumentOptions } from './instrument-options.ts';
import { InstrumentState } from './instrument-state.ts';
import { type ObservableRegistry, PitotObservable } from './observables.ts';
import { PitotCounter, PitotGauge, PitotUpDownCounter } from './sync-instruments.ts';

/** OpenTelemetry metrics API specification, "Instrument name syntax". */
const VALID_NAME = /^[a-z][a-z0-9_.\-/]{0,254}$/i;

/** Any of pitot's instruments, as a meter keeps it. */
type Instrument = { readonly state: InstrumentState; readonly handle: unknown };

/** A meter whose synchronous instruments also have a bound form. */
export class PitotMeter implements Meter {
  private readonly scope: ScopeDescription;
  private readonly context: RecorderContext;
  private readonly observables: ObservableRegistry;
  /** By name in lower case: instrument names are case-insensitive. */
  private readonly instruments = new Map<string, Instrument[]>();

  constructor(scope: ScopeDescription, context: RecorderContext, observables: ObservableRegistry) {
    this.scope = scope;
    this.context = context;
    this.observables = observables;
  }

  createCounter<A extends Attributes = Attributes>(name: string, options?: AdvisedOptions): PitotCounter<A> {
    return this.create(name, 'counter', options, (asked) => {
      const state = new InstrumentState(asked, this.context);
      return { state, handle: new PitotCounter<A>(state) };
    });
  }

  createUpDownCounter<A extends Attributes = Attributes>(
    name: string,
    options?: AdvisedOptions,
  ): PitotUpDownCounter<A> {
    return this.create(name, 'upDownCounter', options, (asked) => {
      const state = new InstrumentState(asked, this.context);
      return { state, handle: new PitotUpDownCounter<A>(state) };
    });
  }

  /**
   * Boundaries come from `advice.explicitBucketBoundaries`, else the specification's default. Buckets are
   * exponential by `advice.exponential`, or where the settings say so.
   */
  createHistogram<A extends Attributes = Attributes>(
    name: string,
    options?: HistogramOptions,
  ): PitotHistogram<A> {
    return this.create(name, 'histogram', options, (asked) => {
      const state = new HistogramState(asked, this.context);
      return { state, handle: new PitotHistogram<A>(state) };
    });
  }

  /** A histogram whose cells are written by somebody who counts elsewhere. In a scope that has no others. */
  createCountedHistogram(name: string, options: HistogramOptions): CountedHistogram {
    return this.create(name, 'histogram', options, (asked) => {
      const boundaries = boundariesOf(name, options);
      const state = new CountedHistogramState({ ...asked, boundaries, isExponential: false }, this.context);
      return { state, handle: new CountedHistogram(state) };
    });
  }

  createGauge<A extends Attributes = Attributes>(name: string, options?: AdvisedOptions): PitotGauge<A> {
    return this.create(name, 'gauge', options, (asked) => {
      const state = new InstrumentState(asked, this.context);
      return { state, handle: new PitotGauge<A>(state) };
    });
  }

  createObservableCounter<A extends Attributes = Attributes>(
    name: string,
    options?: AdvisedOptions,
  ): PitotObservable<A> {
    return this.createObservable(name, 'observableCounter', options);
  }

  createObservableUpDownCounter<A extends Attributes = Attributes>(
    name: string,
    options?: AdvisedOptions,
  ): PitotObservable<A> {
    return this.createObservable(name, 'observableUpDownCounter', options);
  }

  createObservableGauge<A extends Attributes = Attributes>(
    name: string,
    options?: AdvisedOptions,
  ): PitotObservable<A> {
    return this.createObservable(name, 'observableGauge', options);
  }

  addBatchObservableCallback<A extends Attributes = Attributes>(
    callback: BatchObservableCallback<A>,
    observables: Observable<A>[],
  ): void {
    this.observables.addBatch(callback as BatchObservableCallback, observables as Observable[]);
  }

  removeBatchObservableCallback<A extends Attributes = Attributes>(
    callback: BatchObservableCallback<A>,
    observables: Observable<A>[],
  ): void {
    this.observables.removeBatch(callback as BatchObservableCallback, observables as Observable[]);
  }

  /** Every instrument there is. */
  described(): InstrumentDescription[] {
    return [...this.instruments.values()].flat().map(({ state }) => state.described);
  }

  /** Announces every instrument and series again, for a hub that has just started. */
  announceAll(): void {
    for (const { state } of [...this.instruments.values()].flat()) state.announceAll();
  }

  /** Has every instrument take up settings that have changed. */
  reconfigure(): void {
    for (const { state } of [...this.instruments.values()].flat()) state.reconfigure();
  }

  /** Removes series that have been idle, if the instrument is one of this meter's. */
  expire({ instrument, idle }: ExpireRequest): void {
    for (const { state } of [...this.instruments.values()].flat()) {
      if (state.id === instrument) state.expire(idle);
    }
  }

  /** Has every series take exemplars or none, as the sampler says. */
  switchExemplars(): void {
    for (const { state } of [...this.instruments.values()].flat()) state.switchExemplars();
  }

  private createObservable<A extends Attributes>(
    name: string,
    kind: InstrumentKind,
    options: AdvisedOptions | undefined,
  ): PitotObservable<A> {
    return this.create(name, kind, options, (asked) => {
      const state = new InstrumentState(asked, this.context);
      return { state, handle: new PitotObservable<A>(state, this.observables) };
    });
  }

  /**
   * The instrument of that name, kind, unit and value type; an identical one is returned again. One that
   * differs is a second instrument of the same name, as the SDK specification has it ("Duplicate
   * instrument registration"): both record, and one warning names both.
   */
  private create<H>(
    name: string,
    kind: InstrumentKind,
    options: HistogramOptions = {},
    make: (asked: InstrumentOptions) => { state: InstrumentState; handle: H },
  ): H {
    const asked = this.context.views().apply(describe(String(name), kind, options ?? {}, this.scope));
    const key = asked.name.toLowerCase();
    const namesakes = this.instruments.get(key) ?? [];
    const same = namesakes.find(({ state }) => isSame(state.described, asked));
    if (same !== undefined) {
      if (asked.description.length > same.state.described.description.length) {
        same.state.describe(asked.description);
      }
      same.state.advise(asked.advice);
      // The kind is part of what makes two instruments the same, and the kind determines the handle.
      return same.handle as H;
    }
    if (namesakes[0] !== undefined) warnOfConflict(namesakes[0].state.described, asked);
    const created = make(asked);
    this.instruments.set(key, [...namesakes, created]);
    return created.handle;
  }
}

function describe(
  name: string,
  kind: InstrumentKind,
  options: HistogramOptions,
  scope: ScopeDescription,
): InstrumentOptions {
  if (!VALID_NAME.test(name)) {
    diag.warn(
      `pitot: '${name}' is no valid instrument name: a letter, then up to 254 letters, digits, '_', '.', '-' ` +
        "or '/'. It is used as it is, and changed where a format allows less.",
    );
  }
  return {
    scope,
    name,
    kind,
    unit: textOr(options.unit, ''),
    description: textOr(options.description, ''),
    valueType: options.valueType === ValueType.INT ? ValueType.INT : ValueType.DOUBLE,
    boundaries: kind === 'histogram' ? boundariesOf(name, options) : undefined,
    isExponential: kind === 'histogram' && options.advice?.exponential === true,
    advice: adviceOf(name, options),
  };
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function boundariesOf(name: string, options: MetricOptions): readonly number[] {
  const advised = options.advice?.explicitBucketBoundaries;
  if (advised === undefined) return DEFAULT_BOUNDARIES;
  const isAscending =
    Array.isArray(advised) &&
    advised.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (advised[i - 1] ?? bound)));
  if (isAscending) return [...advised];
  diag.warn(
    `pitot: histogram '${name}' was advised to use the bucket boundaries [${String(advised)}]; they must be ` +
      "finite numbers, each greater than the one before. The specification's default boundaries are used.",
  );
  return DEFAULT_BOUNDARIES;
}

/** What a second instrument of a name is compared by. */
type Kinship = Pick<InstrumentOptions, 'name' | 'scope' | 'kind' | 'unit' | 'valueType'>;

function isSame(a: Kinship, b: Kinship): boolean {
  return a.kind === b.kind && a.unit === b.unit && a.valueType === b.valueType;
}

function warnOfConflict(existing: Kinship, asked: Kinship): void {
  diag.warn(
    `pitot: two instruments of one name in scope '${asked.scope.name}': ${summary(existing)} and then ` +
      `${summary(asked)}. Both record, but a reader cannot tell them apart; give one of them another name.`,
  );
}

function summary({ name, kind, unit, valueType }: Kinship): string {
  return `'${name}' (${kind}, unit '${unit}', ${valueType === ValueType.INT ? 'INT' : 'DOUBLE'})`;
}
