import type { MeterOptions, MeterProvider } from '@opentelemetry/api';
import { CellStore } from './cells.ts';
import { type ExemplarFilter, ExemplarSampler } from './exemplars.ts';
import type { RecorderContext } from './instrument-state.ts';
import { PitotMeter } from './meter.ts';
import { matcherOf } from './name-patterns.ts';
import { ObservableRegistry } from './observables.ts';
import type { RecorderMessage } from './protocol.ts';

/** OpenTelemetry metrics SDK specification, "Cardinality limits": the default. */
const DEFAULT_SERIES_LIMIT = 2000;

export interface RecorderOptions {
  /** Names of histograms that have exponential buckets, whatever the application advises; `*` stands for any text. */
  readonly exponential?: readonly string[];
  readonly exemplarFilter?: ExemplarFilter;
}

/**
 * The OpenTelemetry API's `MeterProvider` of one thread. It writes numbers into cells and announces what
 * the cells mean; it neither knows nor waits for whoever reads them.
 */
export class Recorder implements MeterProvider {
  private readonly meters = new Map<string, PitotMeter>();
  private readonly observables = new ObservableRegistry();
  private readonly store: CellStore;
  private readonly context: RecorderContext;
  private outlet: (message: RecorderMessage) => void = () => {};
  private seriesLimit = DEFAULT_SERIES_LIMIT;
  private isExponential: (name: string) => boolean = () => false;

  constructor() {
    let instruments = 0;
    let series = 0;
    const announce = (message: RecorderMessage) => this.outlet(message);
    this.store = new CellStore(announce);
    this.context = {
      store: this.store,
      announce,
      exemplars: new ExemplarSampler(Date.now, () => {
        for (const meter of this.meters.values()) meter.switchExemplars();
      }),
      isExponential: (name) => this.isExponential(name),
      now: Date.now,
      seriesLimit: () => this.seriesLimit,
      nextInstrument: () => instruments++,
      nextSeries: () => series++,
    };
  }

  getMeter(name: string, version = '', options: MeterOptions = {}): PitotMeter {
    const scope = { name: String(name), version: String(version), schemaUrl: options?.schemaUrl };
    const key = JSON.stringify([scope.name, scope.version, scope.schemaUrl]);
    let meter = this.meters.get(key);
    if (meter === undefined) {
      meter = new PitotMeter(scope, this.context, this.observables);
      this.meters.set(key, meter);
    }
    return meter;
  }

  /** The most series an instrument that is created from now on may have, its overflow series included. */
  limitSeries(limit: number): void {
    this.seriesLimit = limit;
  }

  /** Applies to what is recorded from now on; a histogram that has series already keeps its buckets. */
  configure({ exponential, exemplarFilter }: RecorderOptions): void {
    if (exemplarFilter !== undefined) this.context.exemplars.choose(exemplarFilter);
    if (exponential === undefined) return;
    this.isExponential = matcherOf(exponential);
    for (const meter of this.meters.values()) meter.reconfigure();
  }

  /** Announces all there is to `outlet`, in an order that can be followed, and from then on what is new. */
  attach(outlet: (message: RecorderMessage) => void): void {
    this.outlet = outlet;
    this.context.exemplars.look();
    this.store.announceAll();
    for (const meter of this.meters.values()) meter.announceAll();
  }

  /** Runs the callbacks of all observables; see {@link ObservableRegistry.observe}. */
  observe(timeout: number): Promise<string[]> {
    this.context.exemplars.look();
    return this.observables.observe(timeout);
  }

  /** Runs the callbacks of all observables at the end of the process; asynchronous ones come too late. */
  observeNow(): void {
    this.observables.observeNow();
  }
}
