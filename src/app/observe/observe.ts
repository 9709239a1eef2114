import type { Attributes, Observable, ObservableResult } from '@opentelemetry/api';
import { safely, warnOnce } from '../../base/safely.ts';
import { type Answer, type Reading, readingsOf } from './answer.ts';
import type { HistogramAnswer } from './histogram-answer.ts';
import { HistogramReceiver } from './histogram-receiver.ts';
import { NO_OBSERVATION, type Observation, observation } from './observation.ts';
import { type Ask, type Receiver, Source } from './source.ts';

const DEFAULT_EVERY = 15_000;
const DEFAULT_TIMEOUT = 10_000;
/** The longest that a timer of Node's can wait, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** How often and how patiently `observe()` asks. */
export interface ObserveOptions {
  /** Milliseconds from one question to the next, for which an answer is good; 15,000 unless given. */
  readonly every?: number | undefined;
  /** Milliseconds after which a question has failed; 10,000 unless given. */
  readonly timeout?: number | undefined;
  /** Whether the last good values stay after a failure (the default) or are dropped. */
  readonly onError?: 'keep' | 'drop' | undefined;
  /** The source's name in warnings and in its own metrics. Default: the name of the function. */
  readonly name?: string | undefined;
}

/** A synchronous gauge or a histogram. The API's package has the type of the gauge only from 1.9 on. */
interface Recordable<A extends Attributes> {
  record(value: number, attributes?: A): void;
}

/**
 * Gives an instrument its values from a source that may be slow or fail, such as a database or an API. pitot asks it in
 * the background, at its own pace and never twice at once, however often metrics are read. Readers get its last answer.
 *
 * `pitot.source.age` tells the age of that answer, and `pitot.source.failures` counts failures. It never throws and keeps
 * no process alive.
 *
 * A histogram takes distributions that were counted before, as a query with `CASE` gives them: the counts of its
 * buckets and the sum. They are all it has: what the application records into it is ignored. Its buckets are those
 * that it was created with. Processes of one service observe the same distribution, so the service has the one with
 * the most values, and not their sum.
 *
 * A gauge of the synchronous kind cannot be told that a series is gone: it keeps every series it was
 * ever given.
 */
export function observe<A extends Attributes, const Given extends Answer<A>>(
  instrument: Observable<A>,
  ask: Ask<Given>,
  options?: ObserveOptions,
): Observation;
export function observe<A extends Attributes, const Given extends HistogramAnswer<A>>(
  histogram: Recordable<A>,
  ask: Ask<Given>,
  options?: ObserveOptions,
): Observation;
export function observe<A extends Attributes, const Given extends Answer<A>>(
  gauge: Recordable<A>,
  ask: Ask<Given>,
  options?: ObserveOptions & { readonly onError?: 'keep' | undefined },
): Observation;
export function observe<A extends Attributes>(
  instrument: Observable<A> | Recordable<A>,
  ask: Ask<unknown>,
  options: ObserveOptions = {},
): Observation {
  return safely('observe()', () => start(instrument, ask, options)) ?? NO_OBSERVATION;
}

function start<A extends Attributes>(
  instrument: Observable<A> | Recordable<A>,
  ask: Ask<unknown>,
  options: ObserveOptions,
): Observation {
  if (typeof ask !== 'function') throw new TypeError(`it was given ${typeof ask} and no function to ask`);
  const name = options.name || ask.name || 'unnamed';
  const { receiver, end } = receiverOf(instrument, name);
  const settings = {
    name,
    every: milliseconds(name, 'every', options.every, DEFAULT_EVERY),
    timeout: milliseconds(name, 'timeout', options.timeout, DEFAULT_TIMEOUT),
    onError: options.onError ?? 'keep',
  };
  const source = new Source<unknown>(ask, settings, receiver);
  source.start();
  return observation(() => {
    source.stop();
    end();
  });
}

interface Receiving {
  readonly receiver: Receiver<unknown>;
  /** Removes the values. */
  readonly end: () => void;
}

function receiverOf<A extends Attributes>(
  instrument: Observable<A> | Recordable<A>,
  name: string,
): Receiving {
  if ('addCallback' in instrument) return forObservable(instrument);
  const histogram = HistogramReceiver.of(instrument, name);
  if (histogram !== undefined) return { receiver: histogram, end: () => histogram.end() };
  return { receiver: forGauge(instrument), end: () => {} };
}

function forObservable<A extends Attributes>(instrument: Observable<A>): Receiving {
  let last: readonly Reading<A>[] = [];
  const report = (result: ObservableResult<A>) => {
    for (const { value, attributes } of last) result.observe(value, attributes);
  };
  instrument.addCallback(report);
  const receiver: Receiver<Reading<A>> = {
    read: readingsOf<A>,
    take: (readings) => {
      last = readings;
    },
    drop: () => {
      last = [];
    },
  };
  return { receiver, end: () => instrument.removeCallback(report) };
}

function forGauge<A extends Attributes>(instrument: Recordable<A>): Receiver<Reading<A>> {
  return {
    read: readingsOf<A>,
    take: (readings) => {
      for (const { value, attributes } of readings) instrument.record(value, attributes);
    },
    drop: () => {},
  };
}

function milliseconds(source: string, option: string, given: number | undefined, otherwise: number): number {
  if (given === undefined || (given > 0 && given <= LONGEST)) return given ?? otherwise;
  warnOnce(
    `observe ${source} ${option}`,
    `observe() of ${source} was given ${option}: ${String(given)}, which is no number of milliseconds between 0 ` +
      `and ${LONGEST}; it uses ${otherwise}.`,
  );
  return otherwise;
}
