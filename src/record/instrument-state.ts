import { type Attributes, diag, ValueType } from '@opentelemetry/api';
import type { CellStore } from './cells.ts';
import {
  cellsOf,
  HISTOGRAM_MAX,
  HISTOGRAM_MIN,
  type InstrumentDescription,
  type RecorderMessage,
  SCALAR_CELLS,
  START,
} from './protocol.ts';
import { type Series, SeriesIndex } from './series-index.ts';

/** What the instruments of one recorder share. */
export interface RecorderContext {
  readonly store: CellStore;
  readonly announce: (message: RecorderMessage) => void;
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
  private description: InstrumentDescription;
  private readonly context: RecorderContext;
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
  }

  get described(): InstrumentDescription {
    return this.description;
  }

  /** Replaces the description text, which is no part of an instrument's identity. */
  describe(text: string): void {
    this.description = { ...this.description, description: text };
    this.context.announce({ type: 'description', instrument: this.id, description: text });
  }

  /** Announces the instrument and all its series again, for a hub that has just started. */
  announceAll(): void {
    this.context.announce({ type: 'instrument', instrument: this.description });
    for (const series of this.index.all()) this.announce(series);
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

  private create(attributes: Attributes): Series {
    const { boundaries, kind } = this.description;
    const length = kind === 'histogram' ? cellsOf(boundaries) : SCALAR_CELLS;
    const { cells, slab, at } = this.context.store.allocate(length);
    if (kind === 'histogram') {
      cells[at + HISTOGRAM_MIN] = Number.POSITIVE_INFINITY;
      cells[at + HISTOGRAM_MAX] = Number.NEGATIVE_INFINITY;
    }
    const series: Series = { id: this.context.nextSeries(), slab, cells, at, attributes };
    // An observable's series begins when a callback that reported it has succeeded.
    if (!kind.startsWith('observable')) this.begin(series);
    this.announce(series);
    return series;
  }

  private announce({ id, slab, at, attributes }: Series): void {
    this.context.announce({ type: 'series', series: { id, instrument: this.id, slab, at, attributes } });
  }
}
