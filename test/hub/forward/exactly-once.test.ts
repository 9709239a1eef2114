import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { type Baseline, TemporalityProducer } from '../../../src/hub/collect/temporality.ts';
import { DeltaMemory } from '../../../src/hub/forward/delta-memory.ts';
import type { Answer } from '../../../src/hub/forward/forwarder.ts';
import type { PushReader } from '../../../src/hub/forward/push-reader.ts';
import { producerOf } from '../../app/record/helpers/collect.ts';
import { exportNow, pushReader } from './helpers/reading.ts';
import {
  ACCEPTED,
  pointsOf,
  REFUSED,
  ScriptedForwarder,
  type SentPoint,
  UNAVAILABLE,
} from './helpers/scripted-forwarder.ts';

/** The fate of an export. `crash-…`: the hub's thread dies then, and the next one begins. */
const FATES = [
  'accepted',
  'unavailable',
  'answer lost',
  'refused',
  'partly rejected',
  'crash before it arrives',
  'crash after it arrived',
] as const;
type Fate = (typeof FATES)[number];

const IDS = ['a', 'b'] as const;
const step = fc.record({
  values: fc.array(fc.tuple(fc.constantFrom(...IDS), fc.nat({ max: 1000 })), { maxLength: 4 }),
  fate: fc.constantFrom(...FATES),
});

/** The numbers of a point that add up. */
function numbersOf({ value }: SentPoint): number[] {
  return typeof value === 'number' ? [value] : [value.count, value.sum];
}

/** Totals by metric and series. */
class Totals {
  readonly byKey = new Map<string, number[]>();

  add(point: SentPoint): void {
    const key = `${point.metric} ${point.id}`;
    const before = this.byKey.get(key);
    this.byKey.set(
      key,
      numbersOf(point).map((number, i) => number + (before?.[i] ?? 0)),
    );
  }
}

/** A receiver as one that makes totals of deltas: of points that it had, and of what is rejected, nothing is added. */
class Receiver {
  readonly received = new Totals();
  readonly lost = new Totals();
  private readonly had = new Map<string, number>();

  take(request: Uint8Array, isAccepted: (point: SentPoint) => boolean): void {
    for (const point of pointsOf(request)) {
      const key = `${point.metric} ${point.id}`;
      const last = this.had.get(key) ?? 0;
      if (point.time <= last) continue;
      assert.ok(point.start >= last, 'intervals do not overlap');
      this.had.set(key, point.time);
      if (isAccepted(point)) this.received.add(point);
      else this.lost.add(point);
    }
  }
}

/** The hub of one process, which can die and begin anew, in front of a receiver. */
class Hub {
  readonly recorder = new Recorder();
  fate: Fate = 'accepted';
  /** Requests that were sent again although they had been accepted or refused. */
  repeated = 0;
  private readonly settled = new Set<string>();
  private readonly temporality: 'delta' | 'cumulative';
  private readonly take: (request: Uint8Array, fate: Fate) => void;
  private shared: SharedArrayBuffer | undefined;
  private reader: PushReader;
  private crash: () => void = () => {};

  constructor(temporality: 'delta' | 'cumulative', take: (request: Uint8Array, fate: Fate) => void) {
    this.temporality = temporality;
    this.take = take;
    this.reader = this.start();
  }

  /** One export, whatever becomes of it. */
  async export(fate: Fate): Promise<void> {
    this.fate = fate;
    const { promise: crashed, resolve } = Promise.withResolvers<void>();
    this.crash = resolve;
    await Promise.race([exportNow(this.reader), crashed]);
    if (fate.startsWith('crash')) this.reader = this.start();
  }

  private start(): PushReader {
    const memory = new DeltaMemory<Baseline>(this.shared, (shared) => {
      this.shared = shared;
    });
    const earlier = memory.read();
    const forwarder = new ScriptedForwarder(this.temporality, (request) => this.answer(request));
    const producer = new TemporalityProducer(producerOf(this.recorder), forwarder.selectTemporality, {
      baseline: earlier?.baseline,
    });
    const log = {
      unsettled: earlier?.unsettled,
      write: (unsettled: { request: Uint8Array; points: number }) =>
        memory.write({ baseline: producer.baseline, unsettled }),
      settle: () => memory.settle(),
    };
    return pushReader({ forwarder, producer, log: this.temporality === 'delta' ? log : undefined });
  }

  private answer(request: Uint8Array): Answer | Promise<Answer> {
    const { fate } = this;
    const text = Buffer.from(request).toString('latin1');
    if (this.settled.has(text)) this.repeated++;
    if (fate === 'accepted' || fate === 'partly rejected' || fate === 'refused') this.settled.add(text);
    if (fate !== 'unavailable' && fate !== 'crash before it arrives') this.take(request, fate);
    switch (fate) {
      case 'accepted':
        return ACCEPTED;
      case 'partly rejected':
        return { outcome: 'accepted', rejected: 1, message: '' };
      case 'refused':
        return REFUSED;
      case 'unavailable':
      case 'answer lost':
        return UNAVAILABLE;
      default:
        this.crash();
        return new Promise(() => {});
    }
  }
}

function instrumentsOf(recorder: Recorder) {
  const meter = recorder.getMeter('test');
  const counter = meter.createCounter('counter');
  const histogram = meter.createHistogram('histogram');
  const exponential = meter.createHistogram('exponential', { advice: { exponential: true } });
  return (id: string, value: number) => {
    counter.add(value, { id });
    histogram.record(value, { id });
    exponential.record(value, { id });
  };
}

test('property: after any failures of exports and the hub, received and refused deltas add up to the recordings', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1000 });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const receiver = new Receiver();
      const hub = new Hub('delta', (request, fate) => {
        receiver.take(request, ({ id }) => fate !== 'refused' && !(fate === 'partly rejected' && id === 'b'));
      });
      const record = instrumentsOf(hub.recorder);
      const expected: Record<string, { count: number; sum: number }> = {};
      for (const { values, fate } of steps) {
        for (const [id, value] of values) {
          record(id, value);
          const { count, sum } = expected[id] ?? { count: 0, sum: 0 };
          expected[id] = { count: count + 1, sum: sum + value };
        }
        t.mock.timers.tick(10);
        await hub.export(fate);
      }
      t.mock.timers.tick(10);
      await hub.export('accepted');
      assert.equal(hub.repeated, 0);
      const sumOf = (key: string, i: number) =>
        (receiver.received.byKey.get(key)?.[i] ?? 0) + (receiver.lost.byKey.get(key)?.[i] ?? 0);
      for (const id of IDS) {
        const { count, sum } = expected[id] ?? { count: 0, sum: 0 };
        assert.equal(sumOf(`counter ${id}`, 0), sum);
        for (const histogram of ['histogram', 'exponential']) {
          assert.deepEqual([sumOf(`${histogram} ${id}`, 0), sumOf(`${histogram} ${id}`, 1)], [count, sum]);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('property: after any failures of exports and the hub, totals never fall and are right in the end', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1000 });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const latest = new Map<string, number>();
      const hub = new Hub('cumulative', (request, fate) => {
        if (fate === 'refused') return;
        for (const point of pointsOf(request)) {
          const [number = 0] = numbersOf(point);
          const key = `${point.metric} ${point.id}`;
          assert.ok(number >= (latest.get(key) ?? 0));
          latest.set(key, number);
        }
      });
      const record = instrumentsOf(hub.recorder);
      const sums: Record<string, number> = {};
      for (const { values, fate } of steps) {
        for (const [id, value] of values) {
          record(id, value);
          sums[id] = (sums[id] ?? 0) + value;
        }
        t.mock.timers.tick(10);
        await hub.export(fate);
      }
      await hub.export('accepted');
      for (const id of IDS) assert.equal(latest.get(`counter ${id}`) ?? 0, sums[id] ?? 0);
    }),
    { numRuns: 200 },
  );
});
