import assert from 'node:assert/strict';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import { readExemplars } from '../../../../src/hub/collect/exemplars.ts';
import { type RegisteredSeries, SeriesRegistry } from '../../../../src/hub/collect/series-registry.ts';
import { exponentialOf } from '../../../../src/model/cell-values.ts';
import { FINISHED, PER_SERIES, READS, type ReaderData, STARTED, STOP } from './concurrent-progress.ts';
import { spanIdOf, traceIdOf } from './spans.ts';

const registry = new SeriesRegistry();

/** The series with that number, if it has been announced by now. */
function seriesNumber(port: MessagePort, number: number): RegisteredSeries | undefined {
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    registry.apply(next.message);
  }
  return registry.instruments.get(0)?.series.get(number);
}

let before: ExponentialHistogram | undefined;
let beforeNumber = -1;

/** The count is between what had been recorded before the reading and after it; no bucket ever loses any. */
function readExponential(port: MessagePort, progress: Int32Array): boolean {
  const finished = Atomics.load(progress, FINISHED);
  const number = Math.floor(finished / PER_SERIES);
  const series = seriesNumber(port, number);
  if (series === undefined) return false;
  const now = exponentialOf(series);
  const started = Atomics.load(progress, STARTED);
  assert.ok(now !== undefined);
  const most = Math.floor(started / PER_SERIES) === number ? started % PER_SERIES : PER_SERIES - 1;
  assert.ok(now.count >= finished % PER_SERIES, `${now.count} of ${finished % PER_SERIES}`);
  assert.ok(now.count <= most, `${now.count} of at most ${most}`);
  if (before !== undefined && number === beforeNumber) assertNoDecrease(before, now);
  before = now;
  beforeNumber = number;
  return true;
}

function assertNoDecrease(earlier: ExponentialHistogram, later: ExponentialHistogram): void {
  if (earlier.positive.bucketCounts.length === 0) return;
  const left = new Map<number, number>();
  earlier.positive.bucketCounts.forEach((count, i) => {
    const index = (earlier.positive.offset + i) >> (earlier.scale - later.scale);
    left.set(index, (left.get(index) ?? 0) + count);
  });
  for (const [index, count] of left) {
    const now = later.positive.bucketCounts[index - later.positive.offset] ?? 0;
    assert.ok(now >= count, `bucket ${index} of scale ${later.scale} fell from ${count} to ${now}`);
  }
}

/** Value, time, trace and span are all of one recording. */
function readExemplar(port: MessagePort): boolean {
  const series = seriesNumber(port, 0);
  if (series?.exemplars === undefined) return false;
  const [exemplar] = readExemplars(series.exemplars);
  if (exemplar === undefined) return false;
  const { value, timestamp, traceId, spanId } = exemplar;
  assert.deepEqual(
    { timestamp, traceId, spanId },
    { timestamp: [value, 0], traceId: traceIdOf(value), spanId: spanIdOf(value) },
  );
  return true;
}

const { subject, port, progress } = workerData as ReaderData;
let failure: string | undefined;
try {
  while (Atomics.load(progress, STOP) === 0) {
    const isRead = subject === 'exponential' ? readExponential(port, progress) : readExemplar(port);
    if (isRead) Atomics.add(progress, READS, 1);
  }
} catch (error) {
  failure = String(error);
  Atomics.store(progress, STOP, 1);
}
parentPort?.postMessage(failure);
