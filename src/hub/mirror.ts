import type { Attributes } from '@opentelemetry/api';
import type { InstrumentDescription, RecorderMessage } from '../record/protocol.ts';

/** A series as the hub sees it: where its cells are, and its attributes. */
export interface MirroredSeries {
  readonly cells: Float64Array;
  readonly at: number;
  /** One object for the series' lifetime: it serves as the series' identity from the snapshot onwards. */
  readonly attributes: Attributes;
}

export interface MirroredInstrument {
  description: InstrumentDescription;
  readonly series: MirroredSeries[];
}

/** What one recorder has announced: the hub's view of its instruments, series and cells. */
export class Mirror {
  readonly instruments = new Map<number, MirroredInstrument>();
  private readonly slabs: Float64Array[] = [];

  get hasObservables(): boolean {
    for (const { description } of this.instruments.values()) {
      if (description.kind.startsWith('observable')) return true;
    }
    return false;
  }

  apply(message: RecorderMessage): void {
    switch (message.type) {
      case 'slab':
        this.slabs[message.slab] = new Float64Array(message.buffer);
        break;
      case 'instrument':
        this.instruments.set(message.instrument.id, { description: message.instrument, series: [] });
        break;
      case 'description': {
        const instrument = this.instrument(message.instrument);
        instrument.description = { ...instrument.description, description: message.description };
        break;
      }
      case 'series': {
        const { slab, at, attributes, instrument } = message.series;
        const cells = this.slabs[slab];
        if (cells === undefined) throw new Error(`series in slab ${slab}, which was never announced`);
        this.instrument(instrument).series.push({ cells, at, attributes: Object.freeze(attributes) });
        break;
      }
      case 'observed':
        break;
    }
  }

  private instrument(id: number): MirroredInstrument {
    const instrument = this.instruments.get(id);
    if (instrument === undefined) throw new Error(`instrument ${id} was never announced`);
    return instrument;
  }
}
