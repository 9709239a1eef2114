import type { Attributes } from '@opentelemetry/api';
import type { InstrumentDescription, RecorderMessage } from '../record/protocol.ts';

/** One slab, as cells and as int32 words. */
interface MirroredSlab {
  readonly cells: Float64Array;
  readonly words: Int32Array;
}

/** A series as the hub sees it: where its cells are, and its attributes. */
export interface MirroredSeries extends MirroredSlab {
  readonly at: number;
  /** One object for the series' lifetime: it serves as the series' identity from the snapshot onwards. */
  readonly attributes: Attributes;
  /** `undefined` until it has one. */
  exemplars: MirroredExemplars | undefined;
}

export interface MirroredExemplars extends MirroredSlab {
  readonly at: number;
  readonly slots: number;
}

export interface MirroredInstrument {
  description: InstrumentDescription;
  readonly series: MirroredSeries[];
}

/** What one recorder has announced: the hub's view of its instruments, series and cells. */
export class Mirror {
  readonly instruments = new Map<number, MirroredInstrument>();
  private readonly slabs: MirroredSlab[] = [];
  private readonly series = new Map<number, MirroredSeries>();

  get hasObservables(): boolean {
    for (const { description } of this.instruments.values()) {
      if (description.kind.startsWith('observable')) return true;
    }
    return false;
  }

  apply(message: RecorderMessage): void {
    switch (message.type) {
      case 'slab': {
        const { slab, buffer } = message;
        this.slabs[slab] = { cells: new Float64Array(buffer), words: new Int32Array(buffer) };
        break;
      }
      case 'instrument': {
        const { instrument: description } = message;
        const known = this.instruments.get(description.id);
        if (known === undefined) this.instruments.set(description.id, { description, series: [] });
        else known.description = description;
        break;
      }
      case 'series': {
        const { id, instrument, slab, at, attributes } = message.series;
        const owner = this.instruments.get(instrument);
        if (owner === undefined) throw new Error(`instrument ${instrument} was never announced`);
        const frozen = Object.freeze(attributes);
        const series = { ...this.slab(slab), at, attributes: frozen, exemplars: undefined };
        owner.series.push(series);
        this.series.set(id, series);
        break;
      }
      case 'exemplars': {
        const { series: id, slab, at, slots } = message.exemplars;
        const series = this.series.get(id);
        if (series === undefined) throw new Error(`series ${id} was never announced`);
        series.exemplars = { ...this.slab(slab), at, slots };
        break;
      }
      case 'observed':
        break;
    }
  }

  private slab(slab: number): MirroredSlab {
    const known = this.slabs[slab];
    if (known === undefined) throw new Error(`slab ${slab} was never announced`);
    return known;
  }
}
