import type { MeterOptions, MeterProvider } from '@opentelemetry/api';
import { CellStore } from './cells.ts';
import type { RecorderContext } from './instrument-state.ts';
import { PitotMeter } from './meter.ts';
import { ObservableRegistry } from './observables.ts';
import type { RecorderMessage } from './protocol.ts';

/** OpenTelemetry metrics SDK specification, "Cardinality limits": the default. */
const DEFAULT_SERIES_LIMIT = 2000;

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

  constructor() {
    let instruments = 0;
    let series = 0;
    const announce = (message: RecorderMessage) => this.outlet(message);
    this.store = new CellStore(announce);
    this.context = {
      store: this.store,
      announce,
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

  /** Announces all there is to `outlet`, in an order that can be followed, and from then on what is new. */
  attach(outlet: (message: RecorderMessage) => void): void {
    this.outlet = outlet;
    this.store.announceAll();
    for (const meter of this.meters.values()) meter.announceAll();
  }

  /** Runs the callbacks of all observables; see {@link ObservableRegistry.observe}. */
  observe(timeout: number): Promise<string[]> {
    return this.observables.observe(timeout);
  }

  /** Runs the callbacks of all observables at the end of the process; asynchronous ones come too late. */
  observeNow(): void {
    this.observables.observeNow();
  }
}
