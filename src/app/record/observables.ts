import type {
  Attributes,
  BatchObservableCallback,
  BatchObservableResult,
  Observable,
  ObservableCallback,
  ObservableResult,
} from '@opentelemetry/api';
import { diag } from '../../base/diag.ts';
import { reasonOf } from '../../base/reason.ts';
import { SCALAR_VALUE, START } from '../../model/protocol.ts';
import type { InstrumentState } from './instrument-state.ts';
import type { Series } from './series.ts';

/** Numbers of one run of a callback, by series; they count only when the callback has succeeded. */
type Observations = Map<Series, { state: InstrumentState; value: number }>;

/** One callback as registered, for one observable or for several. */
interface Registration {
  readonly callback: ObservableCallback | BatchObservableCallback;
  readonly instruments: ReadonlySet<PitotObservable>;
  readonly run: (into: Observations) => void | Promise<void>;
  /** Series that the last successful run reported, and whose they are. */
  reported: ReadonlyMap<Series, InstrumentState>;
  /** While a run has not settled no other is started, so that a callback that hangs piles up nothing. */
  isRunning: boolean;
  hasFailed: boolean;
}

export class PitotObservable<A extends Attributes = Attributes> implements Observable<A> {
  readonly state: InstrumentState;
  private readonly registry: ObservableRegistry;

  constructor(state: InstrumentState, registry: ObservableRegistry) {
    this.state = state;
    this.registry = registry;
  }

  addCallback(callback: ObservableCallback<A>): void {
    this.registry.add(callback as ObservableCallback, this as PitotObservable);
  }

  removeCallback(callback: ObservableCallback<A>): void {
    this.registry.remove(callback as ObservableCallback, new Set([this as PitotObservable]));
  }
}

/**
 * The callbacks of a recorder's observables. They run on the application's thread when the hub asks.
 *
 * A callback that throws, rejects or does not settle in time leaves its series at their last values and
 * touches nothing else. A series that no callback reports any more is removed.
 * (OpenTelemetry metrics SDK specification, "Asynchronous instrument", and "Observations inside
 * asynchronous callbacks": sets of attributes not observed are not exported.)
 */
export class ObservableRegistry {
  private registrations: Registration[] = [];

  add(callback: ObservableCallback, instrument: PitotObservable): void {
    this.register(callback, new Set([instrument]), (into) => callback(resultFor(instrument, into)));
  }

  addBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    const instruments = ours(observables);
    if (instruments.size === 0) {
      diag.warn(
        "pitot: a batch callback was given no observable of this MeterProvider's; it will not be run.",
      );
      return;
    }
    this.register(callback, instruments, (into) => callback(batchResultFor(instruments, into)));
  }

  remove(
    callback: ObservableCallback | BatchObservableCallback,
    instruments: ReadonlySet<PitotObservable>,
  ): void {
    const found = this.find(callback, instruments);
    if (found === undefined) return;
    this.registrations = this.registrations.filter((registration) => registration !== found);
    this.commit(found, new Map());
  }

  removeBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    this.remove(callback, ours(observables));
  }

  /**
   * Runs every callback and resolves when all have settled, or after `timeout` milliseconds. Never rejects.
   *
   * @returns a text for each callback that failed or is still running
   */
  async observe(timeout: number): Promise<string[]> {
    const registrations = [...this.registrations];
    const runs = registrations.map((registration) => this.run(registration));
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, timeout, undefined).unref();
    });
    const outcomes = await Promise.all(
      runs.map((run) => Promise.race([run, deadline.then(() => `no answer in ${timeout} ms`)])),
    );
    clearTimeout(timer);
    return outcomes.flatMap((error, i) => {
      const registration = registrations[i];
      return error === undefined || registration === undefined ? [] : [describe(registration, error)];
    });
  }

  /** Runs every callback; those that are asynchronous come too late. For the end of the process. */
  observeNow(): void {
    for (const registration of this.registrations) void this.run(registration);
  }

  /** @returns the error's text, or `undefined` for a run that succeeded */
  private run(registration: Registration): Promise<string | undefined> | undefined {
    if (registration.isRunning) return Promise.resolve('its previous run has not ended');
    const observations: Observations = new Map();
    try {
      const running = registration.run(observations);
      // A callback that is not asynchronous counts at once, even when no microtask will run any more.
      if (typeof running?.then !== 'function') {
        this.commit(registration, observations);
        return undefined;
      }
      registration.isRunning = true;
      return Promise.resolve(running).then(
        () => {
          registration.isRunning = false;
          this.commit(registration, observations);
          return undefined;
        },
        (error) => {
          registration.isRunning = false;
          return this.fail(registration, observations, error);
        },
      );
    } catch (error) {
      return Promise.resolve(this.fail(registration, observations, error));
    }
  }

  private commit(registration: Registration, observations: Observations): void {
    // A run may settle after its callback was removed.
    const isKnown = this.registrations.includes(registration);
    const reported = new Map<Series, InstrumentState>();
    for (const [observed, { state, value }] of isKnown ? observations : []) {
      const series = observed.isRemoved ? state.index.renew(observed) : observed;
      reported.set(series, state);
      const { cells, at } = series;
      const isReset = state.described.kind === 'observableCounter' && value < (cells[at + SCALAR_VALUE] ?? 0);
      if (isReset) cells[at + START] = 0;
      cells[at + SCALAR_VALUE] = value;
      state.begin(series);
    }
    const before = registration.reported;
    registration.reported = reported;
    this.drop(before);
    if (!isKnown) this.dropUnreported(observations);
  }

  private fail(registration: Registration, observations: Observations, error: unknown): string {
    this.dropUnreported(observations);
    const text = reasonOf(error);
    if (!registration.hasFailed) {
      registration.hasFailed = true;
      diag.warn(`pitot: ${describe(registration, text)}; its series keep their last values. Said once.`);
    }
    return text;
  }

  /** Removes the series that no callback reports. */
  private drop(series: ReadonlyMap<Series, InstrumentState>): void {
    const isReported = ([one]: [Series, unknown]) =>
      this.registrations.some(({ reported }) => reported.has(one));
    const gone = [...series].filter((entry) => !isReported(entry));
    for (const [state, entries] of Map.groupBy(gone, ([, state]) => state)) {
      state.discard(entries.map(([one]) => one));
    }
  }

  /** Removes the series that were made for a run which does not count. */
  private dropUnreported(observations: Observations): void {
    this.drop(new Map([...observations].map(([series, { state }]) => [series, state])));
  }

  private register(
    callback: ObservableCallback | BatchObservableCallback,
    instruments: ReadonlySet<PitotObservable>,
    run: Registration['run'],
  ): void {
    if (this.find(callback, instruments) !== undefined) return;
    const reported = new Map<Series, InstrumentState>();
    this.registrations.push({ callback, instruments, run, reported, isRunning: false, hasFailed: false });
  }

  private find(callback: unknown, instruments: ReadonlySet<PitotObservable>): Registration | undefined {
    return this.registrations.find(
      (known) => known.callback === callback && known.instruments.symmetricDifference(instruments).size === 0,
    );
  }
}

function ours(observables: readonly Observable[]): Set<PitotObservable> {
  return new Set(observables.filter((observable) => observable instanceof PitotObservable));
}

function describe({ instruments }: Registration, error: string): string {
  const names = [...instruments].map(({ state }) => state.described.name).join(', ');
  return `the callback that observes ${names} failed (${error})`;
}

function resultFor({ state }: PitotObservable, into: Observations): ObservableResult {
  return {
    observe(value, attributes) {
      take(state, value, attributes, into);
    },
  };
}

function batchResultFor(
  instruments: ReadonlySet<PitotObservable>,
  into: Observations,
): BatchObservableResult {
  return {
    observe(observable, value, attributes) {
      const known = observable instanceof PitotObservable && instruments.has(observable);
      if (known) take(observable.state, value, attributes, into);
    },
  };
}

function take(
  state: InstrumentState,
  value: number,
  attributes: Attributes | undefined,
  into: Observations,
): void {
  const isMonotonic = state.described.kind === 'observableCounter';
  const accepted = isMonotonic ? state.acceptPositive(value) : state.accept(value);
  if (accepted !== undefined) into.set(state.index.find(attributes), { state, value: accepted });
}
