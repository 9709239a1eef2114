import type { Attributes, Meter, MeterProvider, Observable, ObservableResult } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import fc from 'fast-check';

/** A random program of calls on the OpenTelemetry metrics API, which any MeterProvider can run. */
export type Step =
  | {
      do: 'create';
      meter: number;
      kind: Kind;
      name: string;
      unit: string;
      integer: boolean;
      text: string;
      bounds: readonly number[] | undefined;
    }
  | { do: 'record'; instrument: number; value: number; attributes: Attributes }
  | { do: 'observe'; instrument: number; values: [number, Attributes][]; fails: boolean }
  | { do: 'observe together'; instruments: number[]; values: [number, Attributes][]; fails: boolean }
  | { do: 'wait'; milliseconds: number }
  | { do: 'collect' };

/** The name under which histograms have exponential buckets. */
export const EXPONENTIAL = 'exponential';

const SYNC = ['Counter', 'UpDownCounter', 'Histogram', 'Gauge'] as const;
const ASYNC = ['ObservableCounter', 'ObservableUpDownCounter', 'ObservableGauge'] as const;
type Kind = (typeof SYNC)[number] | (typeof ASYNC)[number];

/** Multiples of a quarter: sums of them are exact, in whatever order a peer adds and subtracts. */
const value = fc.integer({ min: -40_000, max: 80_000 }).map((n) => n / 4);

const attributeValue = fc.oneof(
  fc.constantFrom('200', '500', 'a', 'b', '', '1|2', 'é'),
  fc.constantFrom(200, 500, 0, -1.5),
  fc.boolean(),
  fc.constantFrom(['x', 'y'], ['x'], [1, 2]),
);

/** Built from pairs, so that the order of keys is random too. */
const attributes: fc.Arbitrary<Attributes> = fc
  .uniqueArray(fc.tuple(fc.constantFrom('status', 'route', 'm', '__proto'), attributeValue), {
    selector: ([key]) => key,
    maxLength: 3,
  })
  .map((pairs) => Object.fromEntries(pairs));

const observed = fc.array(fc.tuple(value, attributes), { maxLength: 4 });
const instrument = fc.nat({ max: 11 });
const fails = fc.boolean();

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      meter: fc.nat({ max: 2 }),
      kind: fc.constantFrom(...SYNC, ...ASYNC),
      name: fc.constantFrom('one', 'two', 'three.parts', EXPONENTIAL),
      unit: fc.constantFrom('', 's', 'By'),
      integer: fc.boolean(),
      text: fc.constantFrom('', 'short', 'a longer description'),
      bounds: fc.constantFrom<(readonly number[] | undefined)[]>(undefined, [], [1], [0, 10, 100.5]),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant('record' as const), instrument, value, attributes }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('observe' as const), instrument, values: observed, fails }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('observe together' as const),
      instruments: fc.array(instrument, { minLength: 1, maxLength: 3 }),
      values: observed,
      fails,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      milliseconds: fc.integer({ min: 1, max: 5000 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('collect' as const) }) },
);

export const program: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 1, maxLength: 60, size: 'max' });

interface Instrument {
  readonly kind: Kind;
  readonly name: string;
  readonly meter: Meter | undefined;
  readonly it: unknown;
}

/** Runs the steps of a program one by one on a MeterProvider; `collect` and `wait` are the caller's. */
export class Run {
  private readonly meters: Meter[];
  private readonly instruments: Instrument[] = [];
  private callbacks = 0;

  constructor(provider: MeterProvider) {
    this.meters = [
      provider.getMeter('first'),
      provider.getMeter('first', '1.0.0'),
      provider.getMeter('second', '', { schemaUrl: 'https://example.org/schema' }),
    ];
  }

  perform(step: Step): void {
    if (step.do === 'create') this.create(step);
    else if (step.do === 'record') this.record(step);
    else if (step.do === 'observe') this.observe([step.instrument], step.values, step.fails, false);
    else if (step.do === 'observe together') this.observe(step.instruments, step.values, step.fails, true);
  }

  private create({ meter, kind, name, unit, integer, text, bounds }: Extract<Step, { do: 'create' }>): void {
    const options = {
      unit,
      description: text,
      valueType: integer ? ValueType.INT : ValueType.DOUBLE,
      ...(bounds === undefined ? {} : { advice: { explicitBucketBoundaries: [...bounds] } }),
    };
    // Histograms of one identity and different advice are left out: the first one's advice wins in both.
    const owner = this.meters[meter];
    this.instruments.push({ kind, name, meter: owner, it: owner?.[`create${kind}`](name, options) });
  }

  private record({ instrument, value, attributes }: Extract<Step, { do: 'record' }>): void {
    const { it, kind, name } = this.pick(SYNC, instrument) ?? {};
    if (it === undefined) return;
    // Zeros, and what becomes one as an integer, are an intended difference.
    if (kind === 'Histogram' && name === EXPONENTIAL && Math.trunc(value) === 0) return;
    const face = it as {
      add?: (v: number, a: Attributes) => void;
      record?: (v: number, a: Attributes) => void;
    };
    face.add?.(value, { ...attributes });
    face.record?.(value, { ...attributes });
  }

  private observe(picks: number[], given: [number, Attributes][], fails: boolean, together: boolean): void {
    // Own sets of attributes: which of two callbacks wins that report the same set is left open.
    const callback = this.callbacks++;
    const values = given.map(
      ([value, attributes]) => [Math.abs(value), { ...attributes, callback }] as const,
    );
    const picked = picks.flatMap((pick) => this.pick(ASYNC, pick) ?? []);
    // A batch callback belongs to the instruments of one meter. (API specification, "Multiple-instrument callbacks")
    const owner = picked[0]?.meter;
    const observables = new Set(
      picked.flatMap(({ meter, it }) => (meter === owner ? (it as Observable) : [])),
    );
    const [first] = observables;
    if (first === undefined) return;
    if (together) {
      owner?.addBatchObservableCallback(
        (result) => {
          for (const observable of observables) {
            for (const [value, attributes] of values) result.observe(observable, value, { ...attributes });
          }
          if (fails) throw new Error('a failing callback');
        },
        [...observables],
      );
    } else {
      first.addCallback((result: ObservableResult) => {
        for (const [value, attributes] of values) result.observe(value, { ...attributes });
        if (fails) throw new Error('a failing callback');
      });
    }
  }

  private pick(kinds: readonly Kind[], index: number): Instrument | undefined {
    const candidates = this.instruments.filter(({ kind }) => kinds.includes(kind));
    return candidates[index % Math.max(1, candidates.length)];
  }
}
