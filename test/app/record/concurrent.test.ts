import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { MessageChannel, Worker } from 'node:worker_threads';
import { Recorder } from '../../../src/app/record/recorder.ts';
import {
  FINISHED,
  PER_SERIES,
  READS,
  type ReaderData,
  STARTED,
  STOP,
} from './helpers/concurrent-progress.ts';
import { inSpan } from './helpers/spans.ts';

/** Readings that a test waits for. Many of them fall into the middle of a change. */
const ENOUGH = 20_000;

/**
 * Reads a recorder's cells in another thread while `write` is called again and again in this one.
 *
 * @returns what the reader found wrong
 */
async function readWhile(
  t: TestContext,
  subject: ReaderData['subject'],
  recorder: Recorder,
  write: (progress: Int32Array, round: number) => void,
): Promise<string | undefined> {
  const { port1, port2 } = new MessageChannel();
  const progress = new Int32Array(new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT));
  const workerData: ReaderData = { subject, port: port2, progress };
  const reader = new Worker(new URL('./helpers/concurrent-reader.ts', import.meta.url), {
    workerData,
    transferList: [port2],
  });
  t.after(() => {
    port1.close();
    return reader.terminate();
  });
  const result = once(reader, 'message');
  await once(reader, 'online');
  recorder.attach((message) => port1.postMessage(message));
  for (let round = 0; Atomics.load(progress, STOP) === 0; round++) {
    write(progress, round);
    if (Atomics.load(progress, READS) >= ENOUGH) Atomics.store(progress, STOP, 1);
  }
  const [failure] = await result;
  return failure;
}

test('an exponential histogram that is read while it is rescaled lacks nothing and never goes back', async (t) => {
  const recorder = new Recorder();
  recorder.configure({ seriesLimit: 1_000_000 });
  const histogram = recorder.getMeter('test').createHistogram('h', { advice: { exponential: true } });
  // Ever larger and ever smaller values by turns: the window moves or is rescaled every thirty of them.
  const values = Array.from({ length: PER_SERIES - 1 }, (_, i) =>
    Math.exp((i % 2 === 0 ? 1 : -1) * 1e-6 * 1.02 ** i),
  );
  const failure = await readWhile(t, 'exponential', recorder, (progress, round) => {
    const bound = histogram.bind({ round });
    values.forEach((value, i) => {
      Atomics.store(progress, STARTED, round * PER_SERIES + i + 1);
      bound.record(value);
      Atomics.store(progress, FINISHED, round * PER_SERIES + i + 1);
    });
  });
  assert.equal(failure, undefined);
});

test('an exemplar that is read while it is written never mixes two recordings', async (t) => {
  let now = 0;
  t.mock.method(Date, 'now', () => now);
  const recorder = new Recorder();
  recorder.configure({ exemplarFilter: 'always_on' });
  const counter = recorder.getMeter('test').createCounter('c').bind();
  const spans = Array.from({ length: 64 }, (_, n) => inSpan(n));
  const failure = await readWhile(t, 'exemplars', recorder, () => {
    spans.forEach((span, n) => {
      now = n * 1000;
      counter.add(n, span);
    });
  });
  assert.equal(failure, undefined);
});
