import { isDeepStrictEqual } from 'node:util';
import { type Attributes, diag, ValueType } from '@opentelemetry/api';
import type { LimitsAdvice } from '../../model/advice.ts';
import { activityOf, EXEMPLAR_CELLS, type InstrumentDescription, START } from '../../model/protocol.ts';
import { SeriesLimit } from '../../model/series-limit.ts';
import type { Run } from './cells.ts';
import type { RecorderContext } from './context.ts';
import { SeriesExemplars } from './exemplars.ts';
import type { InstrumentOptions } from './instrument-options.ts';
import { type Layout, layoutOf } from './layouts.ts';
import type { Series } from './series.ts';
import { type Identity, SeriesIndex } from './series-index.ts';

/**
 * The state behind one instrument: its description, its series and their cells, and the warnings it has
 * given. The instrument objects of the API are thin handles of it.
 */
export class InstrumentState {
  readonly id: number;
  readonly index: SeriesIndex;
  readonly isInteger: boolean;
  protected readonly context: RecorderContext;
  private advice: LimitsAdvice;
  private readonly isDropped: boolean;
  private readonly keeps: ((attribute: string) => boolean) | undefined;
  private description: InstrumentDescription;
  private takesExemplars = false;
  private readonly warned = new Set<string>();

  constructor(asked: InstrumentOptions, context: RecorderContext) {
    const { advice, keeps, isDropped = false, isExplicit: _, ...options } = asked;
    this.id = context.nextInstrument();
    // What is dropped has one series, of which nobody hears.
    this.context = isDropped ? { ...context, announce: () => {} } : context;
    this.isDropped = isDropped;
    this.advice = advice;
    this.keeps = isDropped ? () => false : keeps;
    this.description = { ...options, ...this.limitsOf(options), id: this.id };
    this.isInteger = options.valueType === ValueType.INT;
    this.index = new SeriesIndex(
      options.name,
      new SeriesLimit(this.description.seriesLimit),
      this.redactorOf(options.name),
      (identity) => this.create(identity),
    );
    this.reserveDeclared(advice);
    this.context.announce({ type: 'instrument', instrument: this.description });
    this.switchExemplars();
  }

  get described(): InstrumentDescription {
    return this.description;
  }

  /** Replaces the description text, which is no part of an instrument's identity. */
  describe(text: string): void {
    this.redescribe({ description: text });
  }

  /** Takes up what another creator of the same instrument advises; what the first one said stays where this one is silent. */
  advise(advice: LimitsAdvice): void {
    const added = { ...this.advice, ...advice };
    if (isDeepStrictEqual(added, this.advice)) return;
    this.advice = added;
    this.reserveDeclared(advice);
    this.reconfigure();
  }

  /** Takes up settings that have changed, as far as they can still apply. */
  reconfigure(): void {
    const { seriesLimit, seriesIdle, merge } = this.limitsOf(this.description);
    const { description: before } = this;
    if (seriesLimit !== before.seriesLimit || seriesIdle !== before.seriesIdle || merge !== before.merge) {
      this.index.limit.max = seriesLimit;
      this.redescribe({ seriesLimit, seriesIdle, merge });
    }
    const exposed = this.index.redactBy(this.redactorOf(before.name));
    if (exposed.length === 0) return;
    this.warn(
      'exposed',
      `had ${exposed.length} series with attributes that are to be redacted; they are removed with what they counted`,
    );
    this.discard(exposed);
  }

  /** Announces the instrument and all its series again, for a hub that has just started. */
  announceAll(): void {
    this.context.announce({ type: 'instrument', instrument: this.description });
    for (const series of this.index.all()) {
      this.announce(series);
      if (series.exemplars?.run !== undefined) this.announceExemplars(series.id, series.exemplars.run);
    }
  }

  /**
   * The value as it is to be recorded, or `undefined` for what cannot be: warns once for each kind of fault.
   * Never throws, whatever JavaScript passes.
   */
  accept(value: unknown): number | undefined {
    if (typeof value !== 'number' || Number.isNaN(value)) {
      const given = typeof value === 'number' ? 'NaN' : `a ${value === null ? 'null' : typeof value}`;
      this.warn('number', `was given ${given} instead of a number; it is ignored`);
      return undefined;
    }
    if (!Number.isFinite(value) && !this.isGauge) {
      this.warn('infinite', `was given ${value}, which no sum can recover from; it is ignored`);
      return undefined;
    }
    if (this.isInteger && !Number.isInteger(value)) {
      this.warn('integer', `counts integers and was given ${value}; the fraction is dropped`);
      return Number.isFinite(value) ? Math.trunc(value) : undefined;
    }
    return value;
  }

  /** As {@link accept}, and not below zero. */
  acceptPositive(value: unknown): number | undefined {
    if (typeof value === 'number' && value < 0) {
      this.warn('negative', `takes no negative values and was given ${value}; it is ignored`);
      return undefined;
    }
    return this.accept(value);
  }

  /** Warns once for each kind of fault. */
  warn(fault: string, text: string): void {
    if (this.warned.has(fault)) return;
    this.warned.add(fault);
    diag.warn(`pitot: instrument '${this.description.name}' ${text}.`);
  }

  /** Marks a series as reporting; its start time is the moment it begins to. */
  begin(series: Series): void {
    if (series.cells[series.at + START] === 0) series.cells[series.at + START] = this.context.now();
  }

  /** Removes series and gives their cells back. Who holds one of them gets another by {@link SeriesIndex.renew}. */
  discard(series: readonly Series[]): void {
    const present = series.filter(({ isRemoved }) => !isRemoved);
    if (present.length === 0) return;
    for (const one of present) this.index.remove(one);
    const runs = present.flatMap((one) => [one, one.exemplars?.run ?? []].flat()).map(runOf);
    const removal = this.context.retire(runs);
    const ids = present.map(({ id }) => id);
    this.context.announce({ type: 'removed', removal, instrument: this.id, series: ids });
  }

  /** Removes the series with these attributes, if there is one. */
  remove(attributes: Attributes | undefined): void {
    const series = this.index.get(attributes);
    if (series !== undefined && !this.isDropped) this.discard([series]);
  }

  /** Removes the series among these that nothing has been recorded into since the hub has seen their activity. */
  expire(idle: ReadonlyMap<number, number>): void {
    this.discard(
      [...this.index.all()].filter(
        ({ id, cells, at }) => idle.get(id) === activityOf(this.description, cells, at),
      ),
    );
  }

  /** Has every series take exemplars or none, as the sampler says. */
  switchExemplars(): void {
    const { kind } = this.description;
    // OpenMetrics has a place for those of counters and histograms only.
    this.takesExemplars = this.context.exemplars.isOn && (kind === 'counter' || kind === 'histogram');
    for (const series of this.index.all()) {
      series.exemplars = this.exemplarsOf(series.id);
      series.isPlain = this.isPlain;
    }
  }

  /** Makes the cells of a series' exemplars and announces them. */
  allocateExemplars(series: number): Run {
    const run = this.context.store.allocate(this.layout.exemplarSlots * EXEMPLAR_CELLS);
    this.announceExemplars(series, run);
    return run;
  }

  protected get layout(): Layout {
    return layoutOf(this.description.kind);
  }

  protected redescribe(change: Partial<InstrumentDescription>): void {
    this.description = { ...this.description, ...change };
    this.context.announce({ type: 'instrument', instrument: this.description });
  }

  private get isGauge(): boolean {
    const { kind } = this.description;
    return kind === 'gauge' || kind === 'observableGauge';
  }

  private get isPlain(): boolean {
    return !this.isInteger && !this.takesExemplars;
  }

  private redactorOf(name: string) {
    return this.context.limits().redactorOf(name, this.advice, this.keeps);
  }

  private limitsOf({ name, kind }: Pick<InstrumentDescription, 'name' | 'kind'>) {
    const limits = this.context.limits();
    return {
      seriesLimit: limits.seriesLimit(name, this.advice),
      seriesIdle: limits.seriesIdle(name, kind, this.advice),
      merge: this.advice.merge,
    };
  }

  private reserveDeclared({ attributes = {} }: LimitsAdvice): void {
    for (const [name, values] of Object.entries(attributes)) this.index.limit.reserve(name, values);
  }

  private create({ attributes, key }: Identity): Series {
    this.context.exemplars.look();
    const run = this.context.store.allocate(this.layout.cells);
    this.layout.prepare(run.cells, run.at);
    const id = this.context.nextSeries();
    const series: Series = {
      ...run,
      id,
      attributes,
      key,
      exemplars: this.exemplarsOf(id),
      isPlain: this.isPlain,
      isRemoved: false,
      places: [],
    };
    // An observable's series begins when a callback that reported it has succeeded.
    if (!this.description.kind.startsWith('observable')) this.begin(series);
    this.announce(series);
    return series;
  }

  private exemplarsOf(series: number): SeriesExemplars | undefined {
    return this.takesExemplars ? new SeriesExemplars(this.context.exemplars, this, series) : undefined;
  }

  private announce({ id, slab, at, length, attributes }: Series): void {
    const series = { id, instrument: this.id, slab, at, length, attributes };
    this.context.announce({ type: 'series', series });
  }

  private announceExemplars(series: number, { slab, at }: Run): void {
    const slots = this.layout.exemplarSlots;
    const exemplars = { instrument: this.id, series, slab, at, slots };
    this.context.announce({ type: 'exemplars', exemplars });
  }
}

/** The run alone, without what it was used for. */
function runOf({ cells, words, slab, at, length }: Run): Run {
  return { cells, words, slab, at, length };
}
