import type { Attributes, Observable, ObservableResult } from '@opentelemetry/api';
import { safely, warnOnce } from '../../base/safely.ts';
import type { Answer } from './answer.ts';
import { NO_OBSERVATION, type Observation, observation } from './observation.ts';
import { type Ask, Source } from './source.ts';

const DEFAULT_EVERY = 15_000;
const DEFAULT_TIMEOUT = 10_000;
/** The longest that a timer of Node's can wait, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** How often and how patiently `observe()` asks. */
export interface ObserveOptions {
  /** Milliseconds from one question to the next, for which an answer is good; 15,000 unless given. */
  readonly every?: number;
  /** Milliseconds after which a question has failed; 10,000 unless given. */
  readonly timeout?: number;
  /** What a failure does to the last good values: they stay (the default), or there are none. */
  readonly onError?: 'keep' | 'drop';
  /** What the source is called in warnings and in its own metrics; the name of the function unless given. */
  readonly name?: string;
}

/** A synchronous gauge. The API's package has the type only from 1.9 on. */
interface Recordable<A extends Attributes> {
  record(value: number, attributes?: A): void;
}

/**
 * Gives an instrument its values from something that has to be asked and may be slow or fail, as a
 * database or an API. It is asked in the background, at its own pace and never twice at once, however
 * often metrics are read; what is read is its last answer.
 *
 * `pitot.source.age` tells how old that is and `pitot.source.failures` counts what went wrong. Nothing
 * is thrown, and no process is kept alive.
 *
 * A gauge of the synchronous kind cannot be told that a series is gone: it keeps every series it was
 * ever given.
 */
export function observe<A extends Attributes, const Given extends Answer<A>>(
  instrument: Observable<A>,
  ask: Ask<Given>,
  options?: ObserveOptions,
): Observation;
export function observe<A extends Attributes, const Given extends Answer<A>>(
  instrument: Recordable<A>,
  ask: Ask<Given>,
  options?: ObserveOptions & { readonly onError?: 'keep' },
): Observation;
export function observe<A extends Attributes>(
  instrument: Observable<A> | Recordable<A>,
  ask: Ask<Answer<A>>,
  options: ObserveOptions = {},
): Observation {
  return safely('observe()', () => start(instrument, ask, options)) ?? NO_OBSERVATION;
}

function start<A extends Attributes>(
  instrument: Observable<A> | Recordable<A>,
  ask: Ask<Answer<A>>,
  options: ObserveOptions,
): Observation {
  if (typeof ask !== 'function') throw new TypeError(`it was given ${typeof ask} and no function to ask`);
  const name = options.name || ask.name || 'unnamed';
  const settings = {
    name,
    every: milliseconds(name, 'every', options.every, DEFAULT_EVERY),
    timeout: milliseconds(name, 'timeout', options.timeout, DEFAULT_TIMEOUT),
    onError: options.onError ?? 'keep',
  };
  if ('addCallback' in instrument) {
    const source = new Source(ask, settings, () => {});
    const report = (result: ObservableResult<A>) => {
      for (const { value, attributes } of source.readings) result.observe(value, attributes);
    };
    instrument.addCallback(report);
    source.start();
    return observation(() => {
      source.stop();
      instrument.removeCallback(report);
    });
  }
  const source = new Source(ask, settings, (readings) => {
    for (const { value, attributes } of readings) instrument.record(value, attributes);
  });
  source.start();
  return observation(() => source.stop());
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
