import { type Attributes, diag, ValueType } from '@opentelemetry/api';
import type { CellStore, Run } from './cells.ts';
import { type ExemplarSampler, SeriesExemplars } from './exemplars.ts';
import { type Layout, SCALAR } from './layouts.ts';
import { EXEMPLAR_CELLS, type InstrumentDescription, type RecorderMessage, START } from './protocol.ts';
import { type Series, SeriesIndex } from './series-index.ts';

/** What the instruments of one recorder share. */
export interface RecorderContext {
  readonly store: CellStore;
  readonly announce: (message: RecorderMessage) => void;
  readonly exemplars: ExemplarSampler;
  /** Whether the settings give a histogram of that name exponential buckets. */
  readonly isExponential: (name: string) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly seriesLimit: () => number;
  readonly nextInstrument: () => number;
  readonly nextSeries: () => number;
}

/** What the application said of an instrument when it created it. */
export type InstrumentOptions = Omit<InstrumentDescription, 'id'>;

/**
 * The state behind one instrument: its description, its series and their cells, and the warnings it has
 * given. The API's instrument objects are thin faces of it.
 */
export class InstrumentState {
  readonly id: number;
  readonly index: SeriesIndex;
  readonly isInteger: boolean;
  /** Whether its series have {@link Series.exemplars}; bound forms have this at hand and not the series. */
  takesExemplars = false;
  protected readonly context: RecorderContext;
  private description: InstrumentDescription;
  private readonly warned = new Set<string>();

  constructor(options: InstrumentOptions, context: RecorderContext) {
    this.id = context.nextInstrument();
    this.description = { ...options, id: this.id };
    this.isInteger = options.valueType === ValueType.INT;
    this.context = context;
    this.index = new SeriesIndex(options.name, context.seriesLimit(), (attributes) =>
      this.create(attributes),
    );
    context.announce({ type: 'instrument', instrument: this.description });
    this.switchExemplars();
  }

  get described(): InstrumentDescription {
    return this.description;
  }

  /** Replaces the description text, which is no part of an instrument's identity. */
  describe(text: string): void {
    this.redescribe({ description: text });
  }

  /** Takes up settings that have changed, as far as they can still apply. */
  reconfigure(): void {}

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
    if (this.isInteger && !Number.isInteger(value)) {
      this.warn('integer', `counts integers and was given ${value}; the fraction is dropped`);
      const whole = Math.trunc(value);
      return Number.isInteger(whole) ? whole : undefined;
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

  /** Has every series take exemplars or none, as the sampler says. */
  switchExemplars(): void {
    const { kind } = this.description;
    // OpenMetrics has a place for those of counters and histograms only.
    this.takesExemplars = this.context.exemplars.isOn && (kind === 'counter' || kind === 'histogram');
    for (const series of this.index.all()) series.exemplars = this.exemplarsOf(series.id);
  }

  /** Makes the cells of a series' exemplars and announces them. */
  allocateExemplars(series: number): Run {
    const run = this.context.store.allocate(this.layout.exemplarSlots * EXEMPLAR_CELLS);
    this.announceExemplars(series, run);
    return run;
  }

  protected get layout(): Layout {
    return SCALAR;
  }

  protected redescribe(change: Partial<InstrumentOptions>): void {
    this.description = { ...this.description, ...change };
    this.context.announce({ type: 'instrument', instrument: this.description });
  }

  private create(attributes: Attributes): Series {
    this.context.exemplars.look();
    const run = this.context.store.allocate(this.layout.cells);
    this.layout.prepare(run.cells, run.at);
    const id = this.context.nextSeries();
    const series: Series = { ...run, id, attributes, exemplars: this.exemplarsOf(id) };
    // An observable's series begins when a callback that reported it has succeeded.
    if (!this.description.kind.startsWith('observable')) this.begin(series);
    this.announce(series);
    return series;
  }

  private exemplarsOf(series: number): SeriesExemplars | undefined {
    return this.takesExemplars ? new SeriesExemplars(this.context.exemplars, this, series) : undefined;
  }

  private announce({ id, slab, at, attributes }: Series): void {
    this.context.announce({ type: 'series', series: { id, instrument: this.id, slab, at, attributes } });
  }

  private announceExemplars(series: number, { slab, at }: Run): void {
    const slots = this.layout.exemplarSlots;
    this.context.announce({ type: 'exemplars', exemplars: { series, slab, at, slots } });
  }
}
