import type { Attributes, BatchObservableCallback, Observable } from '@opentelemetry/api';
import type { AdvisedOptions } from '../../model/advice.ts';
import { DEFAULT_BOUNDARIES } from '../../model/boundaries.ts';
import type {
  ExpireRequest,
  InstrumentDescription,
  InstrumentKind,
  ScopeDescription,
} from '../../model/protocol.ts';
import type { Counter, Gauge, Histogram, HistogramOptions, Meter, UpDownCounter } from './api.ts';
import type { RecorderContext } from './context.ts';
import { CountedHistogramState, CountedState, type ExemplarSource, OwnedHistogramState } from './counted.ts';
import { describeInstrument, isSame, warnOfConflict, warnOfOtherBuckets } from './described-instrument.ts';
import { FanOut } from './fan-out.ts';
import { HistogramState, PitotHistogram } from './histogram.ts';
import type { InstrumentOptions } from './instrument-options.ts';
import { InstrumentState } from './instrument-state.ts';
import { type ObservableRegistry, PitotObservable } from './observables.ts';
import { PitotCounter, PitotGauge, PitotUpDownCounter } from './sync-instruments.ts';

type States = readonly [InstrumentState, ...InstrumentState[]];

/** An instrument as the application created it, with the streams that views have made of it. */
interface Instrument {
  readonly asked: InstrumentOptions;
  readonly states: States;
  readonly handle: unknown;
  hasWarnedOfBuckets: boolean;
}

/** The instruments of one scope. */
export class PitotMeter implements Meter {
  readonly #scope: ScopeDescription;
  readonly #context: RecorderContext;
  readonly #observables: ObservableRegistry;
  /** By name in lower case: instrument names are case-insensitive. */
  readonly #instruments = new Map<string, Instrument[]>();
  /** Likewise, by the names of the streams. */
  readonly #streams = new Map<string, InstrumentState[]>();

  constructor(scope: ScopeDescription, context: RecorderContext, observables: ObservableRegistry) {
    this.#scope = scope;
    this.#context = context;
    this.#observables = observables;
  }

  createCounter<A extends Attributes = Attributes>(name: string, options?: AdvisedOptions): Counter<A> {
    return this.#create(name, 'counter', options, (states) =>
      isOwn(states, 'counter') ? new PitotCounter<A>(states[0]) : new FanOut<A>(states, true),
    );
  }

  createUpDownCounter<A extends Attributes = Attributes>(
    name: string,
    options?: AdvisedOptions,
  ): UpDownCounter<A> {
    return this.#create(name, 'upDownCounter', options, (states) =>
      isOwn(states, 'upDownCounter') ? new PitotUpDownCounter<A>(states[0]) : new FanOut<A>(states, false),
    );
  }

  createHistogram<A extends Attributes = Attributes>(name: string, options?: HistogramOptions): Histogram<A> {
    return this.#create(name, 'histogram', options, (states) => {
      const [first, second] = states;
      const isAlone = first instanceof HistogramState && second === undefined;
      return isAlone ? new PitotHistogram<A>(first) : new FanOut<A>(states, true);
    });
  }

  createGauge<A extends Attributes = Attributes>(name: string, options?: AdvisedOptions): Gauge<A> {
    return this.#create(name, 'gauge', options, (states) =>
      isOwn(states, 'gauge') ? new PitotGauge<A>(states[0]) : new FanOut<A>(states, false),
    );
  }

  createObservableCounter<A extends Attributes = Attributes>(
    name: string,
    options?: AdvisedOptions,
  ): Observable<A> {
    return this.#createObservable(name, 'observableCounter', options);
  }

  createObservableUpDownCounter<A extends Attributes = Attributes>(
    name: string,
    options?: AdvisedOptions,
  ): Observable<A> {
    return this.#createObservable(name, 'observableUpDownCounter', options);
  }

  createObservableGauge<A extends Attributes = Attributes>(
    name: string,
    options?: AdvisedOptions,
  ): Observable<A> {
    return this.#createObservable(name, 'observableGauge', options);
  }

  addBatchObservableCallback<A extends Attributes = Attributes>(
    callback: BatchObservableCallback<A>,
    observables: Observable<A>[],
  ): void {
    this.#observables.addBatch(callback as BatchObservableCallback, observables);
  }

  removeBatchObservableCallback<A extends Attributes = Attributes>(
    callback: BatchObservableCallback<A>,
    observables: Observable<A>[],
  ): void {
    this.#observables.removeBatch(callback as BatchObservableCallback, observables);
  }

  /** An instrument whose cells its owner writes, because something else counts. It has one stream. */
  createCounted(
    name: string,
    kind: Exclude<InstrumentKind, 'histogram'>,
    options: AdvisedOptions,
    exemplars: ExemplarSource = 'given',
  ): InstrumentState {
    const State = exemplars === 'given' ? CountedState : InstrumentState;
    return this.#createAlone(name, kind, options, (stream) => new State({ ...stream, kind }, this.#context));
  }

  /** The same for a histogram. Its buckets are the advised ones, whatever views and settings say. */
  createCountedHistogram(
    name: string,
    options: HistogramOptions,
    exemplars: ExemplarSource = 'given',
  ): CountedHistogramState {
    const State = exemplars === 'given' ? CountedHistogramState : OwnedHistogramState;
    return this.#createAlone(name, 'histogram', options, (stream, { boundaries }) => {
      const buckets = {
        kind: 'histogram',
        boundaries: boundaries ?? DEFAULT_BOUNDARIES,
        isExponential: false,
      } as const;
      return new State({ ...stream, ...buckets }, this.#context);
    });
  }

  /** Every stream of every instrument. */
  described(): InstrumentDescription[] {
    return this.#states().map(({ described }) => described);
  }

  /** Every stream that is exported. */
  streams(): InstrumentState[] {
    return this.#states().filter(({ isExported }) => isExported);
  }

  /** Announces every instrument and series again, for a hub that has just started. */
  announceAll(): void {
    for (const state of this.#states()) state.announceAll();
  }

  /** Applies settings that have changed to every instrument. */
  reconfigure(): void {
    for (const state of this.#states()) state.reconfigure();
  }

  /** Silences the instruments that the recorder has silenced since. */
  silence(): void {
    for (const instrument of [...this.#instruments.values()].flat()) this.#silenceIfAsked(instrument);
  }

  /** Removes idle series, if the instrument belongs to this meter. */
  expire({ instrument, idle }: ExpireRequest): void {
    for (const state of this.#states()) if (state.id === instrument) state.expire(idle);
  }

  /** Turns exemplars on or off for every series, as the sampler says. */
  switchExemplars(): void {
    for (const state of this.#states()) state.switchExemplars();
  }

  #states(): InstrumentState[] {
    return [...this.#streams.values()].flat();
  }

  #createObservable<A extends Attributes>(
    name: string,
    kind: InstrumentKind,
    options: AdvisedOptions | undefined,
  ): Observable<A> {
    return this.#create(name, kind, options, (states) => new PitotObservable<A>(states, this.#observables));
  }

  /**
   * The instrument of that name, kind, unit and value type; an identical one is returned again. One that differs is
   * a second instrument of the same name: both record, with one warning that names both.
   */
  #create<H>(name: string, kind: InstrumentKind, options: unknown, handleOf: (states: States) => H): H {
    const asked = describeInstrument({ name, kind, options }, this.#scope);
    const known = this.#find(asked);
    if (known !== undefined) {
      this.#addTo(known, asked);
      // The kind is part of what makes two instruments the same, and it determines the handle.
      return known.handle as H;
    }
    const [first, ...others] = this.#context.views().streamsOf(asked);
    const make = (stream: InstrumentOptions) => this.#streamFor(stream, () => this.#stateOf(stream));
    const states: States = [make(first), ...others.map(make)];
    const handle = handleOf(states);
    this.#add({ asked, states, handle, hasWarnedOfBuckets: false });
    return handle;
  }

  #createAlone<State extends InstrumentState>(
    name: string,
    kind: InstrumentKind,
    options: AdvisedOptions,
    make: (stream: InstrumentOptions, asked: InstrumentOptions) => State,
  ): State {
    const asked = describeInstrument({ name, kind, options }, this.#scope);
    const known = this.#find(asked);
    if (known !== undefined) return known.handle as State;
    const [stream] = this.#context.views().streamsOf(asked);
    const state = make(stream, asked);
    add(this.#streams, stream.name, state);
    this.#add({ asked, states: [state], handle: state, hasWarnedOfBuckets: false });
    return state;
  }

  #find(asked: InstrumentOptions): Instrument | undefined {
    return this.#instruments.get(asked.name.toLowerCase())?.find((one) => isSame(one.asked, asked));
  }

  #add(instrument: Instrument): void {
    add(this.#instruments, instrument.asked.name, instrument);
    this.#silenceIfAsked(instrument);
  }

  #silenceIfAsked({ asked, states }: Instrument): void {
    if (this.#context.isSilenced(this.#scope.name, asked.name)) for (const state of states) state.silence();
  }

  /** The stream of that name and kind, which two instruments may share. */
  #streamFor(stream: InstrumentOptions, make: () => InstrumentState): InstrumentState {
    const namesakes = this.#streams.get(stream.name.toLowerCase()) ?? [];
    const same = namesakes.find(({ described }) => isSame(described, stream));
    if (same !== undefined) {
      takeUp(same, stream);
      return same;
    }
    if (namesakes[0] !== undefined) warnOfConflict(namesakes[0].described, stream);
    const state = make();
    add(this.#streams, stream.name, state);
    return state;
  }

  #stateOf(stream: InstrumentOptions): InstrumentState {
    return stream.kind === 'histogram'
      ? new HistogramState(stream, this.#context)
      : new InstrumentState(stream, this.#context);
  }

  /** Another part of the application creates an instrument that is there. */
  #addTo(known: Instrument, asked: InstrumentOptions): void {
    if (!known.hasWarnedOfBuckets) known.hasWarnedOfBuckets = warnOfOtherBuckets(known.asked, asked);
    const streams = this.#context.views().streamsOf(asked);
    for (const state of known.states) {
      const key = state.described.name.toLowerCase();
      const stream = streams.find(({ name }) => name.toLowerCase() === key);
      if (stream !== undefined) takeUp(state, stream);
    }
  }
}

/** Whether an instrument has one stream, and that of its own kind. */
function isOwn([{ described }, second]: States, kind: InstrumentKind): boolean {
  return described.kind === kind && second === undefined;
}

function takeUp(state: InstrumentState, { description, advice }: InstrumentOptions): void {
  if (description.length > state.described.description.length) state.describe(description);
  state.advise(advice);
}

function add<T>(lists: Map<string, T[]>, name: string, added: T): void {
  const key = name.toLowerCase();
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [added]);
  else list.push(added);
}
