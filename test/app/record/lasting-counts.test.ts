import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import type { ExponentialHistogram, Histogram, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import type { BoundAdder, BoundRecorder } from '../../../src/app/record/api.ts';
import type { PitotMeter } from '../../../src/app/record/meter.ts';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { ReadingHub } from './helpers/reading-hub.ts';

const IDLE = 5000;
const NAMES = ['counter', 'histogram', 'exponential'] as const;
type Name = (typeof NAMES)[number];

type Step =
  | { do: 'record'; name: Name; id: string; value: number; how: 'attributes' | 'bound' | 'other order' }
  | { do: 'remove'; name: Name; id: string; how: 'attributes' | 'bound' }
  | { do: 'wait'; milliseconds: number }
  | { do: 'collect' }
  | { do: 'deliver'; most: number }
  | { do: 'restart' };

const name = fc.constantFrom(...NAMES);
const id = fc.constantFrom('a', 'b', 'c', 'd');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('record' as const),
      name,
      id,
      value: fc.nat({ max: 1000 }),
      how: fc.constantFrom('attributes' as const, 'bound' as const, 'other order' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('remove' as const),
      name,
      id,
      how: fc.constantFrom('attributes' as const, 'bound' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), milliseconds: fc.nat({ max: IDLE }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('collect' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('deliver' as const), most: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);
const program = fc.array(step, { maxLength: 100, size: 'max' });

/** How much was recorded of what: values added up, and how many of them. */
class Totals {
  private readonly totals = new Map<string, [sum: number, count: number]>();

  add(key: string, sum: number, count: number): void {
    const [before, times] = this.totals.get(key) ?? [0, 0];
    this.totals.set(key, [before + sum, times + count]);
  }

  get sorted(): unknown {
    return [...this.totals].filter(([, [sum, count]]) => sum !== 0 || count !== 0).sort();
  }
}

/** The instruments, with one bound form for each of their series, kept all the time. */
class Recording {
  private readonly instruments;
  private readonly bound = new Map<string, BoundAdder | BoundRecorder>();

  constructor(meter: PitotMeter) {
    const advice = { explicitBucketBoundaries: [10, 100] };
    this.instruments = {
      counter: meter.createCounter('counter'),
      histogram: meter.createHistogram('histogram', { advice }),
      exponential: meter.createHistogram('exponential', { advice: { exponential: true } }),
    };
  }

  record({ name, id, value, how }: Extract<Step, { do: 'record' }>): void {
    if (how === 'bound') {
      const bound = this.boundTo(name, id);
      if ('add' in bound) bound.add(value);
      else bound.record(value);
      return;
    }
    const instrument = this.instruments[name];
    const attributes: Attributes = how === 'other order' ? { of: name, id } : { id, of: name };
    if ('add' in instrument) instrument.add(value, attributes);
    else instrument.record(value, attributes);
  }

  remove({ name, id, how }: Extract<Step, { do: 'remove' }>): void {
    if (how === 'bound') this.boundTo(name, id).remove();
    else this.instruments[name].remove({ of: name, id });
  }

  private boundTo(name: Name, id: string): BoundAdder | BoundRecorder {
    const key = `${name} ${id}`;
    const bound = this.bound.get(key) ?? this.instruments[name].bind({ id, of: name });
    this.bound.set(key, bound);
    return bound;
  }
}

/** The last reading of each series, by the id that it has for all hubs. */
class Sightings {
  private readonly last = new Map<number, { key: string; sum: number; count: number }>();

  take(scopes: readonly ScopeMetrics[], hub: ReadingHub): void {
    const ids = new Map(
      [...hub.registry.instruments.values()].flatMap(({ series }) =>
        [...series.values()].map(({ attributes, id }) => [attributes, id]),
      ),
    );
    for (const { descriptor, dataPoints } of scopes.flatMap(({ metrics }) => metrics)) {
      for (const { attributes, value } of dataPoints) {
        const id = ids.get(attributes);
        assert.ok(id !== undefined);
        this.last.set(id, { key: `${descriptor.name} ${attributes.id}`, ...measure(value) });
      }
    }
  }

  get totals(): Totals {
    const totals = new Totals();
    for (const { key, sum, count } of this.last.values()) totals.add(key, sum, count);
    return totals;
  }
}

function measure(value: number | Histogram | ExponentialHistogram): { sum: number; count: number } {
  return typeof value === 'number' ? { sum: value, count: 0 } : { sum: value.sum ?? 0, count: value.count };
}

test('whatever is removed and whenever it expires, no count is lost, doubled or given to another series', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
  let expired = 0;
  fc.assert(
    fc.property(program, (steps) => {
      const recorder = new Recorder();
      recorder.configure({ seriesIdle: { 'count*': IDLE, histogram: IDLE, exponential: IDLE } });
      const recording = new Recording(recorder.getMeter('test'));
      const recorded = new Totals();
      const seen = new Sightings();
      let hub = new ReadingHub(recorder);
      const collect = () => seen.take(hub.collect(), hub);
      for (const step of steps) {
        if (step.do === 'record') {
          recording.record(step);
          recorded.add(`${step.name} ${step.id}`, step.value, step.name === 'counter' ? 0 : 1);
        } else if (step.do === 'remove') {
          // Removing a series discards the values that were not collected yet.
          collect();
          recording.remove(step);
        } else if (step.do === 'wait') t.mock.timers.tick(step.milliseconds);
        else if (step.do === 'collect') collect();
        else if (step.do === 'deliver') {
          const before = hub.registry.memory.used;
          hub.deliver(step.most);
          hub.drain();
          if (hub.registry.memory.used < before) expired++;
        } else hub = new ReadingHub(recorder);
      }
      collect();
      assert.deepEqual(seen.totals.sorted, recorded.sorted);
    }),
    { numRuns: 1000 },
  );
  assert.ok(expired > 100, `series expired ${expired} times only`);
});
