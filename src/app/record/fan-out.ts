import type { Attributes, Context } from '@opentelemetry/api';
import { safely } from '../../base/safely.ts';
import { reservedOf } from '../../model/series-limit.ts';
import type {
  BoundAdder,
  BoundRecorder,
  Counter,
  Gauge,
  Histogram,
  SeriesControl,
  UpDownCounter,
} from './api.ts';
import { HistogramState, OBSERVED_TOTALS, PitotHistogram } from './histogram.ts';
import type { InstrumentState } from './instrument-state.ts';
import { PitotCounter, PitotGauge, PitotUpDownCounter } from './sync-instruments.ts';
import type { Totals } from './totals.ts';

/** One stream, whose kind need not be the kind of its instrument. */
interface Stream extends SeriesControl {
  write(value: number, attributes: Attributes | undefined, context: Context | undefined): void;
  bind(attributes: Attributes | undefined): {
    write(value: number, context: Context | undefined): void;
    remove(): void;
  };
}

/**
 * A synchronous instrument that views have given several streams, or another aggregation. It is slower than the
 * others, which write into one stream of their own kind.
 */
export class FanOut<A extends Attributes = Attributes>
  implements Counter<A>, UpDownCounter<A>, Histogram<A>, Gauge<A>
{
  readonly #streams: readonly Stream[];
  readonly #accept: (value: number) => number | undefined;
  readonly #states: readonly InstrumentState[];

  /** @param isPositive whether the instrument takes no negative values, whatever its streams take */
  constructor(states: readonly [InstrumentState, ...InstrumentState[]], isPositive: boolean) {
    const [first] = states;
    this.#streams = states.map(streamOf);
    this.#states = states;
    this.#accept = (value) => (isPositive ? first.acceptPositive(value) : first.accept(value));
  }

  add(value: number, attributes?: A, context?: Context): void {
    if (this.#accept(value) === undefined) return;
    for (const stream of this.#streams) stream.write(value, attributes, context);
  }

  record(value: number, attributes?: A, context?: Context): void {
    this.add(value, attributes, context);
  }

  bind(attributes?: A): BoundAdder & BoundRecorder {
    const bound = this.#streams.map((stream) => stream.bind(attributes));
    const add = (value: number, context?: Context) => {
      if (this.#accept(value) === undefined) return;
      for (const one of bound) one.write(value, context);
    };
    const remove = () => {
      for (const one of bound) one.remove();
    };
    return { add, record: add, remove };
  }

  /** The totals of the streams that are histograms. A view can make streams of other kinds. */
  [OBSERVED_TOTALS](): readonly Totals[] {
    return this.#states.filter((state) => state instanceof HistogramState).map((state) => state.observed());
  }

  remove(attributes?: A): void {
    for (const stream of this.#streams) stream.remove(attributes);
  }

  reserve<Name extends keyof A & string>(attribute: Name, values: Iterable<A[Name]>): void {
    safely('the reservation of series', () => {
      const reserved = reservedOf(values);
      for (const stream of this.#streams) stream.reserve(attribute, reserved);
    });
  }
}

function streamOf(state: InstrumentState): Stream {
  if (state instanceof HistogramState) return recording(new PitotHistogram(state));
  switch (state.described.kind) {
    case 'gauge':
      return recording(new PitotGauge(state));
    case 'upDownCounter':
      return adding(new PitotUpDownCounter(state));
    default:
      return adding(new PitotCounter(state));
  }
}

function adding(instrument: Counter): Stream {
  return {
    ...controlOf(instrument),
    write: (value, attributes, context) => instrument.add(value, attributes, context),
    bind(attributes) {
      const bound = instrument.bind(attributes);
      return { write: (value, context) => bound.add(value, context), remove: () => bound.remove() };
    },
  };
}

function recording(instrument: Histogram): Stream {
  return {
    ...controlOf(instrument),
    write: (value, attributes, context) => instrument.record(value, attributes, context),
    bind(attributes) {
      const bound = instrument.bind(attributes);
      return { write: (value, context) => bound.record(value, context), remove: () => bound.remove() };
    },
  };
}

function controlOf(instrument: SeriesControl): SeriesControl {
  return {
    remove: (attributes) => instrument.remove(attributes),
    reserve: (attribute, values) => instrument.reserve(attribute, values),
  };
}
