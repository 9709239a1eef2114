import type { Attributes } from '@opentelemetry/api';
import { EXEMPLAR_CELLS, type InstrumentDescription, START } from '../../model/protocol.ts';
import type { ExemplarReservoir } from '../../model/view.ts';
import type { Run } from './cells.ts';
import type { RecorderContext } from './context.ts';
import { SeriesExemplars } from './exemplars.ts';
import type { Identified } from './identity-map.ts';
import type { Layout } from './layouts.ts';
import { createReservoir, slotsOf } from './reservoir.ts';
import type { Series } from './series.ts';
import type { SeriesMaker } from './series-index.ts';

/** The part of an instrument that determines its cells. */
interface Instrument {
  readonly described: InstrumentDescription;
  readonly isInteger: boolean;
  /** Whether something else counts, so that its exemplars do not depend on the sampler. */
  readonly isCounted: boolean;
  readonly layout: Layout;
  /** By a view; otherwise the layout has a slot for each value. */
  readonly exemplarReservoir: ExemplarReservoir | undefined;
  warn(fault: string, text: string): void;
  checkContract(attributes: Attributes): void;
}

/** Makes and frees the cells of one instrument's series, and announces both to the hub. */
export class SeriesCells implements SeriesMaker {
  private readonly instrument: Instrument;
  private readonly context: RecorderContext;
  private takesExemplars: boolean;
  private unread: Series | undefined;

  constructor(instrument: Instrument, context: RecorderContext) {
    this.instrument = instrument;
    this.context = context;
    this.takesExemplars = this.mayTakeExemplars;
  }

  create({ attributes, hash }: Identified): Series {
    this.context.exemplars.look();
    const { layout, described } = this.instrument;
    const run = this.context.store.allocate(layout.cells);
    layout.prepare(run.cells, run.at);
    const series = this.seriesOf(run, this.context.nextSeries(), attributes, hash);
    // The series of an observable begins when a callback that reported it has succeeded.
    if (!described.kind.startsWith('observable')) this.begin(series);
    this.announce(series);
    this.instrument.checkContract(attributes);
    return series;
  }

  sink(): Series {
    if (this.unread === undefined) {
      const { layout } = this.instrument;
      const cells = new Float64Array(layout.cells);
      layout.prepare(cells, 0);
      this.unread = this.seriesOf({ cells, at: 0 }, -1, {}, 0);
    }
    return this.unread;
  }

  /** Starts a series that is absent: its start time is now. */
  begin({ cells, at }: Series): void {
    if (cells[at + START] === 0) cells[at + START] = this.context.now();
  }

  /** Frees the cells of removed series as soon as the hub has stopped reading them. */
  free(all: readonly Series[]): void {
    const removed = all.filter((series) => series !== this.unread);
    if (removed.length === 0) return;
    const runs = removed.flatMap((series) => [this.runOf(series), series.exemplars?.run ?? []].flat());
    const removal = this.context.retire(runs);
    const ids = removed.map(({ id }) => id);
    this.context.announce({
      type: 'removed',
      removal,
      instrument: this.instrument.described.id,
      series: ids,
    });
  }

  /** Turns exemplars on or off for all series, as the sampler says. */
  switchExemplars(all: Iterable<Series>): void {
    if (this.instrument.isCounted) return;
    this.takesExemplars = this.mayTakeExemplars;
    for (const series of all) {
      series.exemplars = this.exemplarsOf(series.id);
      series.isPlain = this.isPlain;
    }
  }

  /** Announces all series with their exemplars, for a hub that has just started. */
  announceAll(all: Iterable<Series>): void {
    for (const series of all) {
      this.announce(series);
      if (series.exemplars?.run !== undefined) this.announceExemplars(series.id, series.exemplars.run);
    }
  }

  private seriesOf(
    { cells, at }: Pick<Run, 'cells' | 'at'>,
    id: number,
    attributes: Attributes,
    hash: number,
  ): Series {
    const exemplars = this.exemplarsOf(id);
    const { isPlain } = this;
    // One literal: what a spread copies lies outside of the object, which takes 30 bytes more. (bench/memory.ts)
    // A recording reads the first five, which lie side by side.
    const series: Series = {
      found: undefined,
      cells,
      at,
      isPlain,
      exemplars,
      id,
      attributes,
      hash,
      isRemoved: false,
      ways: 0,
    };
    series.found = series;
    return series;
  }

  private runOf({ cells, at }: Series): Run {
    return this.context.store.runAt(cells, at, this.instrument.layout.cells);
  }

  /** Only counters and histograms have exemplars in OpenMetrics. */
  private get mayTakeExemplars(): boolean {
    const { isCounted, described, exemplarReservoir } = this.instrument;
    if (exemplarReservoir === 'none') return false;
    const { kind } = described;
    const mayHave = kind === 'counter' || kind === 'observableCounter' || kind === 'histogram';
    return mayHave && (isCounted || (this.context.exemplars.isOn && kind !== 'observableCounter'));
  }

  private get isPlain(): boolean {
    return !this.instrument.isInteger && !this.takesExemplars;
  }

  /** The most exemplars of a series. */
  private get slots(): number {
    const { exemplarReservoir: choice, layout } = this.instrument;
    return choice === undefined ? layout.exemplarSlots : slotsOf(choice);
  }

  private exemplarsOf(series: number): SeriesExemplars | undefined {
    if (!this.takesExemplars) return undefined;
    const { exemplars: sampler } = this.context;
    const { exemplarReservoir: choice } = this.instrument;
    return new SeriesExemplars(sampler, {
      reservoir:
        choice === undefined || choice === 'none'
          ? undefined
          : createReservoir(choice, () => sampler.collections),
      allocate: () => {
        const run = this.context.store.allocate(this.slots * EXEMPLAR_CELLS);
        this.announceExemplars(series, run);
        return run;
      },
      warn: (fault, text) => this.instrument.warn(fault, text),
    });
  }

  private announce(one: Series): void {
    const { id, attributes } = one;
    const { slab, at, length } = this.runOf(one);
    const series = { id, instrument: this.instrument.described.id, slab, at, length, attributes };
    this.context.announce({ type: 'series', series });
  }

  private announceExemplars(series: number, { slab, at }: Run): void {
    const exemplars = { instrument: this.instrument.described.id, series, slab, at, slots: this.slots };
    this.context.announce({ type: 'exemplars', exemplars });
  }
}
