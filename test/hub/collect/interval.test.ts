import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { Recorder } from '../../../src/app/record/recorder.ts';
import type { ThreadCheckpoint } from '../../../src/channel/worker-handshake.ts';
import { CellsProducer } from '../../../src/hub/collect/producer.ts';
import { type Baseline, TemporalityProducer } from '../../../src/hub/collect/temporality.ts';

interface Extremes {
  readonly count: number;
  readonly min?: number;
  readonly max?: number;
}

/** A recorder whose receiver prefers differences, and the ports by which hubs reach it, one after the other. */
class Application {
  private readonly recorder = new Recorder();
  readonly explicit;
  readonly exponential;
  private readonly t: TestContext;

  constructor(t: TestContext) {
    this.t = t;
    this.recorder.configure({ intervals: true });
    const meter = this.recorder.getMeter('test');
    this.explicit = meter.createHistogram('explicit');
    this.exponential = meter.createHistogram('exponential', { advice: { exponential: true } });
  }

  record(values: readonly number[]): void {
    for (const value of values) {
      this.explicit.record(value);
      this.exponential.record(value);
    }
  }

  connect() {
    const { port1: ours, port2: theirs } = new MessageChannel();
    ours.on('message', (request) => this.recorder.serve(request, (message) => ours.postMessage(message)));
    this.t.after(() => ours.close());
    this.recorder.attach((message) => ours.postMessage(message));
    return { theirs, close: () => ours.close() };
  }
}

function startHub(main: Application, baseline?: Baseline) {
  const checkpoints = new Map<number, ThreadCheckpoint>();
  const cells = new CellsProducer(main.connect().theirs, {
    observeTimeout: 100,
    gaugeRules: {},
    ended: [],
    checkpoint: () => {},
    threadCheckpoints: checkpoints,
    checkpointThread: () => {},
  });
  const deltas = new TemporalityProducer(cells, () => AggregationTemporality.DELTA, {
    baseline,
    endIntervals: () => cells.endIntervals(),
  });
  return { cells, deltas };
}

/** The histograms of the next export. */
async function collected({ deltas }: ReturnType<typeof startHub>): Promise<Record<string, Extremes>> {
  const { resourceMetrics } = await deltas.collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  return Object.fromEntries(
    metrics.map(({ descriptor, dataPoints }) => {
      const { count, min, max } = dataPoints.map(({ value }) => value as Extremes)[0] ?? { count: 0 };
      return [
        descriptor.name,
        { count, ...(min !== undefined && { min }), ...(max !== undefined && { max }) },
      ];
    }),
  );
}

function extremesOf(values: readonly number[]): Record<string, Extremes> {
  if (values.length === 0) return {};
  const extremes = { count: values.length, min: Math.min(...values), max: Math.max(...values) };
  return { explicit: extremes, exponential: extremes };
}

const values = fc.array(fc.double({ min: 0, max: 1e308, noNaN: true }), { maxLength: 5 });

test('minimum and maximum of a difference are those of its interval, with scrapes in between', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(values, values), { minLength: 1, maxLength: 6 }),
      async (intervals) => {
        const main = new Application(t);
        const hub = startHub(main);
        for (const [before, after] of intervals) {
          main.record(before);
          hub.cells.peek();
          await hub.cells.collect();
          main.record(after);
          assert.deepEqual(await collected(hub), extremesOf([...before, ...after]));
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('those of several threads are merged, and the values of a thread that ended count once', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(values, values), { minLength: 2, maxLength: 5 }),
      async (intervals) => {
        const [main, worker] = [new Application(t), new Application(t)];
        const hub = startHub(main);
        const { theirs, close } = worker.connect();
        hub.cells.addThread(theirs, 1);
        for (const [i, [one, other]] of intervals.entries()) {
          main.record(one);
          const isRunning = i < intervals.length - 1;
          if (isRunning) worker.record(other);
          if (i === intervals.length - 2) {
            const ended = new Promise((resolve) => theirs.once('close', resolve));
            close();
            await ended;
          }
          assert.deepEqual(await collected(hub), extremesOf(isRunning ? [...one, ...other] : one));
        }
      },
    ),
    { numRuns: 20 },
  );
});

test('the next hub goes on, and leaves out what it cannot know', async (t) => {
  const main = new Application(t);
  const first = startHub(main);
  main.record([5]);
  await collected(first);
  main.record([3, 8]);
  const second = startHub(main, first.deltas.baseline);
  assert.deepEqual(await collected(second), extremesOf([3, 8]));
  main.record([1]);
  // This hub ends an interval and dies before it has reported it.
  const { baseline } = second.deltas;
  await second.deltas.collect();
  main.record([4]);
  const third = startHub(main, baseline);
  assert.deepEqual(await collected(third), { explicit: { count: 2 }, exponential: { count: 2 } });
  main.record([6, 2]);
  assert.deepEqual(await collected(third), extremesOf([6, 2]));
});
