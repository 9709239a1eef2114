import type { Attributes } from '@opentelemetry/api';
import {
  EXEMPLAR_CELLS,
  type InstrumentDescription,
  type RecorderMessage,
  type SeriesDescription,
} from '../../model/protocol.ts';

import { OVERFLOW_ATTRIBUTE } from '../../model/series-limit.ts';
import { ValuePool } from './interning.ts';

/** One slab of shared memory, as float64 cells and as int32 words. */
interface Slab {
  readonly cells: Float64Array;
  readonly words: Int32Array;
}

/** A series: where its cells are, and its attributes. */
export interface RegisteredSeries extends Slab {
  readonly id: number;
  readonly slab: number;
  readonly at: number;
  /** Cells in its run. */
  readonly length: number;
  /** One object for the series' lifetime: it serves as the series' identity from the snapshot onwards. */
  readonly attributes: Attributes;
  /** `undefined` until the series has taken an exemplar. */
  exemplars: RegisteredExemplars | undefined;
}

export interface RegisteredExemplars extends Slab {
  readonly at: number;
  readonly slots: number;
}

export interface RegisteredInstrument {
  description: InstrumentDescription;
  /** By their ids, in order of creation. */
  readonly series: Map<number, RegisteredSeries>;
  /** The id of the series that counts everything beyond the limit, if there is one. */
  overflow: number | undefined;
  /** The attributes of the series that were present at the last reading of columns. */
  present: readonly Attributes[];
  /** Where the series are; `undefined` since they have changed. See `readColumns`. */
  runs: Runs | undefined;
}

/** Where the cells of an instrument's series are, in arrays: a reading passes over them without an object for each. */
export interface Runs {
  readonly attributes: readonly Attributes[];
  /** The index of the first cell of each. */
  readonly at: Uint32Array;
  /** Series next to each other in one slab: the slab's cells, and the number of the first series after them. */
  readonly parts: readonly { readonly cells: Float64Array; readonly end: number }[];
  readonly haveExemplars: boolean;
}

/** The instruments, series and slabs that one recorder has announced. */
export class SeriesRegistry {
  readonly instruments = new Map<number, RegisteredInstrument>();
  /** The slabs' memory, by their numbers. */
  readonly buffers: SharedArrayBuffer[] = [];
  private readonly slabs: Slab[] = [];
  private readonly pool = new ValuePool();
  private usedCells = 0;

  /** Bytes of all slabs, and bytes that series use. */
  get memory(): { readonly total: number; readonly used: number } {
    const total = this.slabs.reduce((sum, { cells }) => sum + cells.byteLength, 0);
    return { total, used: this.usedCells * Float64Array.BYTES_PER_ELEMENT };
  }

  get hasObservables(): boolean {
    for (const { description } of this.instruments.values()) {
      if (description.kind.startsWith('observable')) return true;
    }
    return false;
  }

  /** Messages that make the same registry over the same {@link buffers}, without exemplars. */
  announcements(): RecorderMessage[] {
    return [...this.instruments].flatMap(([id, { description, series }]) => [
      { type: 'instrument', instrument: description },
      ...Array.from(series.values(), (one) => ({ type: 'series' as const, series: descriptionOf(one, id) })),
    ]);
  }

  /** Some series of one instrument. */
  part(instrument: number, ids: readonly number[]): Pick<SeriesRegistry, 'instruments'> {
    const { description, series } = this.instrument(instrument);
    const some = ids.map((id) => series.get(id)).filter((one) => one !== undefined);
    return {
      instruments: new Map([
        [
          instrument,
          {
            description,
            series: new Map(some.map((one) => [one.id, one])),
            overflow: undefined,
            present: [],
            runs: undefined,
          },
        ],
      ]),
    };
  }

  apply(message: RecorderMessage): void {
    switch (message.type) {
      case 'slab': {
        const { slab, buffer } = message;
        this.buffers[slab] = buffer;
        this.slabs[slab] = { cells: new Float64Array(buffer), words: new Int32Array(buffer) };
        break;
      }
      case 'instrument': {
        const { instrument: description } = message;
        const known = this.instruments.get(description.id);
        if (known === undefined)
          this.instruments.set(description.id, {
            description,
            series: new Map(),
            overflow: undefined,
            present: [],
            runs: undefined,
          });
        else known.description = description;
        break;
      }
      case 'series': {
        const { id, instrument, slab, at, length, attributes } = message.series;
        const { cells, words } = this.slab(slab);
        if (!Object.isFrozen(attributes)) this.pool.intern(attributes);
        Object.freeze(attributes);
        const series = { cells, words, id, slab, at, length, attributes, exemplars: undefined };
        const owner = this.instrument(instrument);
        owner.series.set(id, series);
        owner.runs = undefined;
        if (attributes[OVERFLOW_ATTRIBUTE] === true) owner.overflow = id;
        this.usedCells += length;
        break;
      }
      case 'exemplars': {
        const { instrument, series: id, slab, at, slots } = message.exemplars;
        const owner = this.instrument(instrument);
        const series = owner.series.get(id);
        if (series === undefined) throw new Error(`series ${id} was never announced`);
        owner.runs = undefined;
        series.exemplars = { ...this.slab(slab), at, slots };
        this.usedCells += slots * EXEMPLAR_CELLS;
        break;
      }
      case 'removed': {
        const instrument = this.instrument(message.instrument);
        const { series } = instrument;
        instrument.runs = undefined;
        for (const id of message.series) {
          this.usedCells -= cellsOf(series.get(id));
          series.delete(id);
          if (instrument.overflow === id) instrument.overflow = undefined;
        }
        break;
      }
      case 'announced':
      case 'observed':
        break;
    }
  }

  private instrument(id: number): RegisteredInstrument {
    const known = this.instruments.get(id);
    if (known === undefined) throw new Error(`instrument ${id} was never announced`);
    return known;
  }

  private slab(slab: number): Slab {
    const known = this.slabs[slab];
    if (known === undefined) throw new Error(`slab ${slab} was never announced`);
    return known;
  }
}

function cellsOf(series: RegisteredSeries | undefined): number {
  if (series === undefined) return 0;
  return series.length + (series.exemplars === undefined ? 0 : series.exemplars.slots * EXEMPLAR_CELLS);
}

function descriptionOf(
  { id, slab, at, length, attributes }: RegisteredSeries,
  instrument: number,
): SeriesDescription {
  return { id, instrument, slab, at, length, attributes };
}
