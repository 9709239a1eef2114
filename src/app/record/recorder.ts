import type { MeterOptions, MeterProvider } from '@opentelemetry/api';
import { anyMatcherOf } from '../../base/name-patterns.ts';
import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { shown } from '../../base/reason.ts';
import { safely, warnOnce } from '../../base/safely.ts';
import { metricOptions } from '../../contract/metric-options.ts';
import { RECORDING_METRICS } from '../../contract/recording.ts';
import { DEFAULT_BOUNDARIES } from '../../model/boundaries.ts';
import {
  type InstrumentDescription,
  type RecorderMessage,
  type RecorderRequest,
  type ScopeDescription,
  startOf,
} from '../../model/protocol.ts';
import type { View } from '../../model/view.ts';
import { DEFAULT_STRATEGY, type TranslationStrategy } from '../../naming/naming.ts';
import { CellStore } from './cells.ts';
import type { RecorderContext } from './context.ts';
import { type ExemplarFilter, ExemplarSampler } from './exemplars.ts';
import type { InstrumentState } from './instrument-state.ts';
import { type LimitSettings, Limits } from './limits.ts';
import { PitotMeter } from './meter.ts';
import { ObservableRegistry } from './observables.ts';
import { Views } from './views.ts';

/** A setting that is not given keeps its value. */
export interface RecorderOptions extends LimitSettings {
  /** Names of histograms with exponential buckets, whatever the application advises; `*` stands for any text. */
  readonly exponential?: readonly string[];
  /** Whether histograms without advised boundaries have exponential buckets. */
  readonly exponentialByDefault?: boolean;
  /** Whether a receiver prefers differences, so that histograms keep minimum and maximum of each interval. */
  readonly intervals?: boolean;
  readonly exemplarFilter?: ExemplarFilter;
  /** Views of the instruments that are created from now on. */
  readonly views?: readonly View[];
  /** How long the hub waits for callbacks, in milliseconds. The default of `PITOT_OBSERVE_TIMEOUT` by default. */
  readonly observeTimeout?: number;
  /** How the endpoint translates names, for warnings about names. {@link DEFAULT_STRATEGY} by default. */
  readonly translationStrategy?: TranslationStrategy;
}

const DEFAULT_OBSERVE_TIMEOUT_MS = 250;

type Outlet = (message: RecorderMessage) => void;

type InstrumentListener = (instrument: InstrumentDescription) => void;

/** How a flush ended: a receiver may have failed to take the values, or not have answered in time. */
export type FlushOutcome = 'success' | 'failure' | 'timeout';

/** Methods that the SDK's MeterProvider adds to the API. Instrumentations look for them on the global provider. */
export interface ProviderLifecycle {
  forceFlush(): Promise<FlushOutcome | undefined>;
  shutdown(): Promise<void>;
}

/**
 * The OpenTelemetry API's `MeterProvider` of one thread. It writes numbers into cells and announces what the cells
 * mean. It neither knows its readers nor waits for them.
 */
export class Recorder implements MeterProvider, ProviderLifecycle {
  /** Whether `boot()` has been called in this thread, whatever came of it. */
  hasBooted = false;
  /** Does {@link forceFlush} and {@link shutdown}; without it there is nothing to flush. */
  lifecycle: ProviderLifecycle | undefined;
  private readonly meters = new Map<string, PitotMeter>();
  private readonly observables = new ObservableRegistry();
  private readonly unfinished = new Set<(deadline: number) => void>();
  private readonly store: CellStore;
  private readonly context: RecorderContext;
  private outlet: Outlet | undefined;
  private readonly listeners: InstrumentListener[] = [];
  private readonly seriesListeners: ((instrument: number) => void)[] = [];
  private options: RecorderOptions = {};
  /** Names of instruments that export nothing, by scope. */
  private readonly silenced = new Map<string, ReadonlySet<string>>();
  private limits = new Limits({});
  private views = new Views([]);
  private isExponential: RecorderContext['isExponential'] = () => false;

  constructor() {
    let instruments = 0;
    let series = 0;
    const announce = (message: RecorderMessage) => {
      if (message.type === 'instrument') for (const listener of this.listeners) listener(message.instrument);
      if (message.type === 'series') {
        for (const listener of this.seriesListeners) listener(message.series.instrument);
      }
      this.outlet?.(message);
    };
    this.store = new CellStore(announce);
    // The clock as it is now: fake timers that a test installs later do not reach it.
    const clock = Date.now;
    const now = () => startOf(clock());
    this.context = {
      store: this.store,
      announce,
      exemplars: new ExemplarSampler(now, () => {
        for (const meter of this.meters.values()) meter.switchExemplars();
      }),
      isExponential: (name, boundaries) => this.isExponential(name, boundaries),
      hasIntervals: () => this.options.intervals === true,
      limits: () => this.limits,
      views: () => this.views,
      isSilenced: (scope, name) => this.silenced.get(scope)?.has(name) === true,
      retire: (runs) => {
        const removal = this.store.retire(runs);
        if (this.outlet === undefined) this.store.releaseAll();
        return removal;
      },
      now,
      violated: (instrument, attribute) => this.countViolation(instrument, attribute),
      nextInstrument: () => instruments++,
      nextSeries: () => series++,
    };
  }

  getMeter(name: string, version?: string, options?: MeterOptions): PitotMeter {
    const scope = scopeOf(name, version, options);
    const key = JSON.stringify([scope.name, scope.version, scope.schemaUrl]);
    let meter = this.meters.get(key);
    if (meter === undefined) {
      meter = new PitotMeter(scope, this.context, this.observables);
      this.meters.set(key, meter);
    }
    return meter;
  }

  /**
   * Forwards everything that was recorded so far. `@opentelemetry/instrumentation-aws-lambda`, and handlers that flush
   * before their process is frozen, call it on the global MeterProvider. (Metrics SDK specification, "ForceFlush")
   *
   * @returns how it ended; `undefined` if this thread forwards nothing
   */
  async forceFlush(): Promise<FlushOutcome | undefined> {
    return this.lifecycle?.forceFlush();
  }

  /** Forwards everything, and ends pitot. (Metrics SDK specification, "Shutdown") */
  async shutdown(): Promise<void> {
    await this.lifecycle?.shutdown();
  }

  /** Applies settings to later recordings. It removes series that have attributes to redact. */
  configure(options: RecorderOptions): void {
    this.options = { ...this.options, ...options };
    this.limits = new Limits(this.options);
    const isNamed = anyMatcherOf(this.options.exponential ?? []);
    const { exponentialByDefault = false } = this.options;
    this.isExponential = (name, boundaries) =>
      isNamed(name) || (exponentialByDefault && boundaries === DEFAULT_BOUNDARIES);
    if (options.views !== undefined) this.views = new Views(options.views);
    if (options.exemplarFilter !== undefined) this.context.exemplars.choose(options.exemplarFilter);
    for (const meter of this.meters.values()) meter.reconfigure();
  }

  get translationStrategy(): TranslationStrategy {
    return this.options.translationStrategy ?? DEFAULT_STRATEGY;
  }

  get observeTimeout(): number {
    return this.options.observeTimeout ?? DEFAULT_OBSERVE_TIMEOUT_MS;
  }

  /**
   * Announces everything to `outlet`, each thing before those that refer to it, and from then on all that is new. An
   * earlier outlet gets nothing more; the cells that it may be reading stay until the new one has answered.
   */
  attach(outlet: Outlet): void {
    this.outlet = outlet;
    this.context.exemplars.look();
    this.store.announceAll();
    for (const meter of this.meters.values()) meter.announceAll();
    const { unreleased: removal } = this.store;
    if (removal > 0) outlet({ type: 'announced', removal });
  }

  /**
   * Exports nothing of these instruments of a scope from now on, whether they exist or not. For an official
   * instrumentation whose metrics a source of pitot's records too.
   */
  silence(scope: string, names: readonly string[]): void {
    this.silenced.set(scope, new Set([...(this.silenced.get(scope) ?? []), ...names]));
    for (const meter of this.meters.values()) meter.silence();
  }

  /** Every stream of every instrument. */
  described(): InstrumentDescription[] {
    return [...this.meters.values()].flatMap((meter) => meter.described());
  }

  /** Every stream that is exported, with its series. */
  streams(): InstrumentState[] {
    return [...this.meters.values()].flatMap((meter) => meter.streams());
  }

  /** Removes every series; the instruments stay usable. */
  reset(): void {
    for (const stream of this.streams()) stream.reset();
  }

  /** Calls `listener` with every instrument that is created or described anew from now on. */
  onInstrument(listener: InstrumentListener): void {
    this.listeners.push(listener);
  }

  /** Calls `listener` with the instrument of every series that is announced from now on. */
  onSeries(listener: (instrument: number) => void): void {
    this.seriesListeners.push(listener);
  }

  /** Serves a request of the hub, and passes the answer to `answer`. */
  serve(request: RecorderRequest, answer: (message: RecorderMessage) => void): void {
    switch (request.type) {
      case 'observe': {
        const { request: number, timeout } = request;
        void this.observe(timeout).then((errors) => answer({ type: 'observed', request: number, errors }));
        break;
      }
      case 'released':
        this.store.release(request.removal);
        break;
      case 'expire':
        for (const meter of this.meters.values()) meter.expire(request);
        break;
    }
  }

  private countViolation(instrument: string, attribute: string): void {
    const name = 'pitot.contract.violations';
    this.getMeter(INSTRUMENTS_SCOPE.name, INSTRUMENTS_SCOPE.version)
      .createCounter(name, metricOptions(RECORDING_METRICS[name]))
      .add(1, { 'pitot.instrument.name': instrument, 'pitot.attribute.name': attribute });
  }

  /** Runs the callbacks of all observables; see {@link ObservableRegistry.observe}. */
  observe(timeout: number): Promise<string[]> {
    this.context.exemplars.beginCollection();
    return this.observables.observe(timeout);
  }

  /**
   * Runs the callbacks of all observables at the end of the process. Asynchronous ones come too late.
   *
   * @param deadline on the clock of `performance.now`, for the work of {@link atEnd}
   */
  observeNow(deadline: number): void {
    this.observables.observeNow();
    for (const finish of this.unfinished) safely('the end of a collection', () => finish(deadline));
  }

  /**
   * Has work that callbacks leave for later turns of the event loop done at the end of the process, which has no later
   * turn. `finish` does it at once, up to a deadline on the clock of `performance.now`.
   */
  atEnd(finish: (deadline: number) => void): void {
    this.unfinished.add(finish);
  }
}

/**
 * JavaScript callers pass anything. An invalid name gives a working meter, with an empty name and a warning.
 * (OpenTelemetry metrics SDK specification, "Meter creation")
 */
function scopeOf(name: unknown, version: unknown, options: unknown): ScopeDescription {
  if (typeof name !== 'string' || name === '') {
    warnOnce(
      'meter without a name',
      `a meter was asked for with ${name === '' ? 'an empty name' : `the name ${shown(name)}`}; its metrics have no ` +
        'scope name. Pass the name of your package or component.',
    );
  }
  const schemaUrl = safely('the schema URL of a meter', () =>
    typeof options === 'object' && options !== null && 'schemaUrl' in options ? options.schemaUrl : undefined,
  );
  return {
    name: typeof name === 'string' ? name : '',
    version: typeof version === 'string' ? version : '',
    schemaUrl: typeof schemaUrl === 'string' ? schemaUrl : undefined,
  };
}
