import type {
  Attributes,
  BatchObservableCallback,
  BatchObservableResult,
  Observable,
  ObservableCallback,
  ObservableResult,
} from '@opentelemetry/api';
import { groupBy } from '../../base/group-by.ts';
import { reasonOf } from '../../base/reason.ts';
import { safely, warn, warnAtCaller } from '../../base/safely.ts';
import { SCALAR_VALUE, START } from '../../model/protocol.ts';
import type { InstrumentState } from './instrument-state.ts';
import type { Series } from './series.ts';

/** The observations of one run of a callback, by series. They count only if the callback succeeds. */
type Observations = Map<Series, { state: InstrumentState; value: number }>;

/** A callback as it was registered, for one observable or for several. */
interface Registration {
  readonly callback: unknown;
  readonly observables: ReadonlySet<PitotObservable>;
  readonly run: (into: Observations) => void | Promise<void>;
  /** The series that the last successful run reported, and whose they are. */
  reported: ReadonlyMap<Series, InstrumentState>;
  /** No second run starts before the first has settled, so that a callback that hangs piles up nothing. */
  isRunning: boolean;
  hasFailed: boolean;
}

export class PitotObservable<A extends Attributes = Attributes> implements Observable<A> {
  readonly #states: readonly InstrumentState[];
  readonly #registry: ObservableRegistry;

  /** @param states one for each stream */
  constructor(states: readonly InstrumentState[], registry: ObservableRegistry) {
    this.#states = states;
    this.#registry = registry;
  }

  addCallback(callback: ObservableCallback<A>): void {
    this.#registry.add(callback as ObservableCallback, this as PitotObservable);
  }

  removeCallback(callback: ObservableCallback<A>): void {
    this.#registry.remove(callback, new Set([this as PitotObservable]));
  }

  static statesOf(observable: PitotObservable): readonly InstrumentState[] {
    return observable.#states;
  }
}

/**
 * The callbacks of a recorder's observables. They run on the application's thread when the hub asks.
 *
 * A callback that throws, rejects or does not settle in time leaves its series at their last values, and nothing
 * else changes. A series that no callback reports is removed.
 * (OpenTelemetry metrics SDK specification, "Asynchronous instrument", and "Observations inside asynchronous
 * callbacks": the SDK exports no series that was not observed.)
 */
export class ObservableRegistry {
  private registrations: Registration[] = [];

  add(callback: ObservableCallback, observable: PitotObservable): void {
    this.register(callback, new Set([observable]), (into) => callback(resultFor(observable, into)));
  }

  addBatch(callback: BatchObservableCallback, given: unknown): void {
    const observables = ours(given);
    if (observables.size === 0) {
      warnAtCaller(
        "a batch callback was given no observable of this MeterProvider's; pitot does not run it.",
      );
      return;
    }
    this.register(callback, observables, (into) => callback(batchResultFor(observables, into)));
  }

  remove(callback: unknown, observables: ReadonlySet<PitotObservable>): void {
    const found = this.find(callback, observables);
    if (found === undefined) return;
    this.registrations = this.registrations.filter((registration) => registration !== found);
    this.commit(found, new Map());
  }

  removeBatch(callback: unknown, given: unknown): void {
    this.remove(callback, ours(given));
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

  /** Runs every callback at the end of the process. Asynchronous ones come too late. */
  observeNow(): void {
    for (const registration of this.registrations) void this.run(registration);
  }

  /** @returns why it failed, or `undefined` for a run that succeeded; never throws and never rejects */
  private run(registration: Registration): Promise<string | undefined> | undefined {
    if (registration.isRunning) return Promise.resolve('its previous run has not ended');
    const observations: Observations = new Map();
    try {
      const running = registration.run(observations);
      // A synchronous callback counts at once, even when no microtask will run any more.
      if (typeof running?.then !== 'function') {
        this.commit(registration, observations);
        return undefined;
      }
      return this.finish(registration, observations, running);
    } catch (error) {
      return Promise.resolve(this.fail(registration, observations, error));
    }
  }

  private async finish(
    registration: Registration,
    observations: Observations,
    running: PromiseLike<void>,
  ): Promise<string | undefined> {
    registration.isRunning = true;
    try {
      await running;
      this.commit(registration, observations);
      return undefined;
    } catch (error) {
      return this.fail(registration, observations, error);
    } finally {
      registration.isRunning = false;
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
    const reason = reasonOf(error);
    if (!registration.hasFailed) {
      registration.hasFailed = true;
      warn(`${describe(registration, reason)}; its series keep their last values. Said once.`);
    }
    return reason;
  }

  /** Removes those of the series that no callback reports. */
  private drop(series: ReadonlyMap<Series, InstrumentState>): void {
    const isReported = ([one]: [Series, unknown]) =>
      this.registrations.some(({ reported }) => reported.has(one));
    const gone = [...series].filter((entry) => !isReported(entry));
    for (const [state, entries] of groupBy(gone, ([, state]) => state)) {
      state.discard(entries.map(([one]) => one));
    }
  }

  /** Removes the series that a run created and does not count for. */
  private dropUnreported(observations: Observations): void {
    this.drop(new Map([...observations].map(([series, { state }]) => [series, state])));
  }

  private register(
    callback: unknown,
    observables: ReadonlySet<PitotObservable>,
    run: Registration['run'],
  ): void {
    if (this.find(callback, observables) !== undefined) return;
    const reported = new Map<Series, InstrumentState>();
    this.registrations.push({ callback, observables, run, reported, isRunning: false, hasFailed: false });
  }

  private find(callback: unknown, observables: ReadonlySet<PitotObservable>): Registration | undefined {
    return this.registrations.find(
      (known) => known.callback === callback && haveSameMembers(known.observables, observables),
    );
  }
}

function haveSameMembers(one: ReadonlySet<unknown>, other: ReadonlySet<unknown>): boolean {
  return one.size === other.size && [...one].every((member) => other.has(member));
}

/** Those of the observables that are pitot's own. JavaScript callers pass anything. */
function ours(given: unknown): Set<PitotObservable> {
  const own = safely('a batch callback', () => {
    const observables: unknown[] = Array.isArray(given) ? [...given] : [];
    return new Set(observables.filter((observable) => observable instanceof PitotObservable));
  });
  return own ?? new Set();
}

function describe({ observables }: Registration, reason: string): string {
  const names = [...observables].flatMap(PitotObservable.statesOf).map(({ described }) => described.name);
  return `the callback that observes ${names.join(', ')} failed (${reason})`;
}

function resultFor(observable: PitotObservable, into: Observations): ObservableResult {
  return {
    observe(value, attributes) {
      take(observable, value, attributes, into);
    },
  };
}

function batchResultFor(observables: ReadonlySet<unknown>, into: Observations): BatchObservableResult {
  return {
    observe(observable, value, attributes) {
      if (observables.has(observable)) take(observable as PitotObservable, value, attributes, into);
    },
  };
}

function take(
  observable: PitotObservable,
  value: number,
  attributes: Attributes | undefined,
  into: Observations,
): void {
  for (const state of PitotObservable.statesOf(observable)) {
    const isMonotonic = state.described.kind === 'observableCounter';
    const accepted = isMonotonic ? state.acceptPositive(value) : state.accept(value);
    if (accepted !== undefined) into.set(state.index.find(attributes), { state, value: accepted });
  }
}
