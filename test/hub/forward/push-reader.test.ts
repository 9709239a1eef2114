import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type DiagLogger, DiagLogLevel } from '@opentelemetry/api';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { diag } from '../../../src/base/diag.ts';
import { TemporalityProducer } from '../../../src/hub/collect/temporality.ts';
import type { Answer } from '../../../src/hub/forward/forwarder.ts';
import { producerOf, readerOf } from '../../app/record/helpers/collect.ts';
import { valuesOf } from '../../app/record/helpers/points.ts';
import { until } from '../../harness/until.ts';
import { exportNow, pushReader, type ReadingOptions } from './helpers/reading.ts';
import { ACCEPTED, pointsOf, REFUSED, ScriptedForwarder, UNAVAILABLE } from './helpers/scripted-forwarder.ts';

const IN_AN_HOUR: Answer = {
  outcome: 'retryable',
  errorType: '503',
  reason: 'it answers 503',
  wait: 3_600_000,
};

/** Says the answers in order, and the last of them from then on. Remembers what it got. */
function receiverOf(...answers: Answer[]) {
  const requests: Uint8Array[] = [];
  const receive = (request: Uint8Array) => {
    requests.push(request);
    return answers[Math.min(requests.length, answers.length) - 1] ?? ACCEPTED;
  };
  const values = () => requests.map((request) => pointsOf(request).map(({ value }) => value));
  return { requests, receive, values };
}

/** A counter behind a reader; deltas are kept as in the hub, but for the memory. */
function start(
  temporality: 'cumulative' | 'delta',
  receive: (request: Uint8Array) => Answer | Promise<Answer>,
  options: Partial<ReadingOptions> = {},
) {
  const recorder = new Recorder();
  const meter = recorder.getMeter('test');
  const counter = meter.createCounter('c');
  const forwarder = new ScriptedForwarder(temporality, receive);
  const producer = new TemporalityProducer(producerOf(recorder), forwarder.selectTemporality);
  const log = { unsettled: undefined, write: () => {}, settle: () => {} };
  const reader = pushReader({
    forwarder,
    producer,
    log: temporality === 'delta' ? log : undefined,
    ...options,
  });
  return { counter, meter, reader };
}

/** The lines that are logged until the test ends, each with its level before it. */
function collectLines(t: TestContext): readonly string[] {
  const lines: string[] = [];
  const add =
    (level: string) =>
    (...parts: unknown[]) =>
      lines.push(`${level}: ${parts.join(' ').replace(/after \d+ s/, 'after … s')}`);
  const logger: DiagLogger = {
    error: add('error'),
    warn: add('warn'),
    info: add('info'),
    debug: () => {},
    verbose: () => {},
  };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ALL });
  t.after(() => diag.disable());
  return lines;
}

test('the next totals replace undelivered ones, and nothing piles up', async () => {
  const { requests, receive, values } = receiverOf(UNAVAILABLE, UNAVAILABLE, REFUSED, ACCEPTED);
  const { counter, reader } = start('cumulative', receive);
  for (const [i, isAccepted] of [false, false, false, true].entries()) {
    counter.add(10 ** i);
    assert.equal(await exportNow(reader), isAccepted);
  }
  assert.equal(requests.length, 4);
  assert.deepEqual(values(), [[1], [11], [111], [1111]]);
});

test('an unacknowledged interval is sent again unchanged, followed by everything since', async () => {
  const { requests, receive, values } = receiverOf(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, ACCEPTED);
  const { counter, reader } = start('delta', receive);
  for (const value of [1, 10, 100, 1000]) {
    counter.add(value);
    await exportNow(reader);
  }
  assert.deepEqual(values(), [[1], [1], [1], [1], [1110]]);
  for (const request of requests.slice(0, 4)) assert.deepEqual(request, requests[0]);
});

test('a refused interval is given up, and the next one has only the values since', async () => {
  const { receive, values } = receiverOf(UNAVAILABLE, REFUSED, ACCEPTED);
  const { counter, reader } = start('delta', receive);
  for (const value of [1, 10, 100]) {
    counter.add(value);
    await exportNow(reader);
  }
  assert.deepEqual(values(), [[1], [1], [110]]);
});

test('the log reports an unavailable receiver once, and its return once', async (t) => {
  const lines = collectLines(t);
  const { receive } = receiverOf(ACCEPTED, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, ACCEPTED);
  const { counter, reader } = start('cumulative', receive);
  for (let i = 0; i < 6; i++) {
    counter.add(1);
    await exportNow(reader);
  }
  assert.deepEqual(lines, [
    'warn: a receiver takes no metrics: it answers 503. Totals keep counting and are sent when it does. This is said once.',
    'info: a receiver takes metrics again, after … s: nothing is missing.',
  ]);
});

test('the log reports a refusal once, with the loss', async (t) => {
  const lines = collectLines(t);
  const { receive } = receiverOf(UNAVAILABLE, REFUSED, REFUSED, UNAVAILABLE, ACCEPTED);
  const { counter, reader } = start('delta', receive);
  for (let i = 0; i < 6; i++) {
    counter.add(1);
    await exportNow(reader);
  }
  assert.deepEqual(lines, [
    'warn: a receiver takes no metrics: it answers 503. pitot keeps new values and sends them when it does. This is said once.',
    'warn: a receiver refuses metrics: it answers 401. Refused values are lost (a refused request is not sent again). This is said once.',
    'info: a receiver takes metrics again, after … s: 2 data points are lost.',
  ]);
});

test('the warning names the keys for which a receiver may have refused the request', async (t) => {
  const lines = collectLines(t);
  const { receive } = receiverOf(
    { outcome: 'refused', errorType: '500', reason: 'it answers 500: label name "日本"' },
    ACCEPTED,
    REFUSED,
  );
  const { counter, reader } = start('cumulative', receive);
  for (let i = 0; i < 3; i++) {
    counter.add(1, { 日本: 'x', größe: 1, '--': 1, 'http.route': '/' });
    await exportNow(reader);
  }
  assert.deepEqual(lines, [
    'warn: a receiver refuses metrics: it answers 500: label name "日本". Totals keep counting, so that nothing is missing when ' +
      'it accepts them. The request has names that many receivers cannot take: attribute "--" of metric "c", ' +
      'attribute "größe" of metric "c", attribute "日本" of metric "c". Rename them, or leave the attributes out by a ' +
      'view. This is said once.',
    'info: a receiver takes metrics again, after … s: nothing is missing.',
    // A refusal of the sender says nothing about the content.
    'warn: a receiver refuses metrics: it answers 401. Totals keep counting, so that nothing is missing when it accepts them. This is said once.',
  ]);
});

for (const temporality of ['cumulative', 'delta'] as const) {
  test(`${temporality}: a metric that a receiver cannot take is found and left out, and the others arrive`, async (t) => {
    const lines = collectLines(t);
    const accepted: string[][] = [];
    let requests = 0;
    const receive = (request: Uint8Array): Answer => {
      requests++;
      const names = pointsOf(request).map(({ metric, value }) => `${metric} ${value}`);
      const bad = names.find((name) => /^(mute|größe)/.test(name));
      if (bad !== undefined) return { outcome: 'refused', errorType: '400', reason: 'it answers 400: no' };
      accepted.push(names);
      return ACCEPTED;
    };
    const observed = new Recorder();
    const read = readerOf(observed);
    const { reader, meter } = start(temporality, receive, { meter: observed.getMeter('hub') });
    const counters = ['a', 'mute', 'b', 'größe', 'd'].map((name) => meter.createCounter(name));
    for (const counter of counters) counter.add(1, { key: 'x' });
    assert.equal(await exportNow(reader), true);
    assert.deepEqual(accepted.flat().sort(), ['a 1', 'b 1', 'd 1']);
    const searching = requests;
    for (const counter of counters) counter.add(1, { key: 'x' });
    assert.equal(await exportNow(reader), true);
    assert.equal(requests, searching + 1);
    const second = temporality === 'delta' ? 1 : 2;
    assert.deepEqual(accepted.at(-1), [`a ${second}`, `b ${second}`, `d ${second}`]);
    const remedy =
      'it answers 400: no. pitot leaves these data points out, tries them again once an hour, and sends everything ' +
      'else. Rename what the receiver cannot take, or drop it by a view. This is said once.';
    const ofReceiver = lines.filter((line) => line.startsWith('warn: a receiver'));
    assert.deepEqual(ofReceiver.toSorted(), [
      `warn: a receiver refuses every request with metric "größe": ${remedy}`,
      `warn: a receiver refuses every request with metric "mute" with the attributes "key": ${remedy}`,
    ]);
    const component = { 'otel.component.type': 'scripted', 'otel.component.name': 'scripted/0' };
    const counts = await read();
    const exported = valuesOf(counts, 'otel.sdk.exporter.metric_data_point.exported');
    const of = (more: object) => {
      const wanted = JSON.stringify(Object.entries({ ...component, ...more }).sort());
      return exported.find(
        ([attributes]) => JSON.stringify(Object.entries(attributes).sort()) === wanted,
      )?.[1];
    };
    assert.deepEqual([of({}), of({ 'error.type': 'rejected' })], [6, 4]);
  });
}

test('a receiver that refuses every part gets no further search until it accepts a request', async () => {
  let requests = 0;
  const receive = (): Answer => {
    requests++;
    return { outcome: 'refused', errorType: '400', reason: 'it answers 400' };
  };
  const { reader, meter } = start('cumulative', receive);
  for (let i = 0; i < 200; i++) meter.createCounter(`c${i}`).add(1);
  assert.equal(await exportNow(reader), false);
  assert.ok(requests < 20, `${requests} requests`);
  const searched = requests;
  assert.equal(await exportNow(reader), false);
  assert.equal(requests, searched + 1);
});

test("a receiver's message about rejected data points is logged once", async (t) => {
  const lines = collectLines(t);
  const { receive } = receiverOf({ outcome: 'accepted', rejected: 1, message: 'too old' });
  const { counter, reader } = start('cumulative', receive);
  for (let i = 0; i < 3; i++) {
    counter.add(1);
    assert.equal(await exportNow(reader), true);
  }
  assert.deepEqual(lines, ['warn: a receiver rejected 1 data points: too old. This is said once.']);
});

test('one export retries the same request until the receiver accepts it', async () => {
  const { requests, receive } = receiverOf(UNAVAILABLE, UNAVAILABLE, ACCEPTED);
  const { counter, reader } = start('cumulative', receive, { timeout: 60_000 });
  counter.add(1);
  assert.equal(await exportNow(reader), true);
  assert.equal(requests.length, 3);
  assert.deepEqual(requests[2], requests[0]);
});

test('a receiver that asks for a long pause gets no request during it, except at the end', async (t) => {
  const { requests, receive } = receiverOf(IN_AN_HOUR, ACCEPTED);
  let intervals = 0;
  const isActive = () => ++intervals > 0;
  const { counter, reader } = start('cumulative', receive, { interval: 5, timeout: 60_000, isActive });
  t.after(() => reader[Symbol.dispose]());
  counter.add(1);
  await until(() => requests[0] && (intervals > 10 || undefined), { what: 'some intervals' });
  assert.equal(requests.length, 1);
  assert.equal(await exportNow(reader), true);
  assert.equal(requests.length, 2);
});

test('the end cuts short a pause between two attempts, and the last values follow', async (t) => {
  const { requests, receive, values } = receiverOf(IN_AN_HOUR, ACCEPTED);
  const { counter, reader } = start('delta', receive, { interval: 5, timeout: 2 ** 30 });
  t.after(() => reader[Symbol.dispose]());
  counter.add(1);
  await until(() => requests[0], { what: 'the first export' });
  counter.add(10);
  assert.equal(await exportNow(reader), true);
  assert.deepEqual(values(), [[1], [1], [10]]);
});

test('at the end, another attempt follows a failed one at once', async (t) => {
  const { promise: answered, resolve: answer } = Promise.withResolvers<Answer>();
  const requests: Uint8Array[] = [];
  const receive = (request: Uint8Array) => (requests.push(request) === 1 ? answered : ACCEPTED);
  const { counter, reader } = start('cumulative', receive, { interval: 5, timeout: 2 ** 30 });
  t.after(() => reader[Symbol.dispose]());
  counter.add(1);
  await until(() => requests[0], { what: 'the first export' });
  const ended = exportNow(reader);
  answer(IN_AN_HOUR);
  assert.equal(await ended, true);
  assert.equal(requests.length, 3);
});

test('a process that does not forward collects and sends nothing', async () => {
  const { requests, receive } = receiverOf(ACCEPTED);
  const { counter, reader } = start('cumulative', receive, { isActive: () => false });
  counter.add(1);
  assert.equal(await exportNow(reader), true);
  assert.equal(requests.length, 0);
});

test('exported, failed, rejected and lost data points are counted, from 0 on', async () => {
  const partly: Answer = { outcome: 'accepted', rejected: 1, message: '' };
  const { receive } = receiverOf(UNAVAILABLE, ACCEPTED, partly, REFUSED);
  const observed = new Recorder();
  const read = readerOf(observed);
  const { counter, reader } = start('delta', receive, { meter: observed.getMeter('hub') });
  const component = { 'otel.component.type': 'scripted', 'otel.component.name': 'scripted/0' };
  const exported = async () =>
    Object.fromEntries(
      valuesOf(await read(), 'otel.sdk.exporter.metric_data_point.exported').map(([attributes, value]) => {
        const { 'error.type': error = 'none', ...rest } = attributes as Record<string, string>;
        assert.deepEqual(rest, component);
        return [error, value];
      }),
    );
  assert.deepEqual(await exported(), { none: 0, 503: 0, rejected: 0 });
  for (const id of ['a', 'b']) counter.add(1, { id });
  await exportNow(reader);
  for (const id of ['a', 'b', 'c']) counter.add(1, { id });
  // The interval before, with two data points, and then this one, with one rejected.
  await exportNow(reader);
  counter.add(1, { id: 'a' });
  await exportNow(reader);
  assert.deepEqual(await exported(), { none: 2 + 2, 503: 2, rejected: 1, 401: 1 });
  const scopes = await read();
  assert.deepEqual(valuesOf(scopes, 'otel.sdk.exporter.metric_data_point.inflight'), [[component, 0]]);
  assert.deepEqual(valuesOf(scopes, 'pitot.forward.lost'), [[component, 2]]);
  const durations = valuesOf(scopes, 'otel.sdk.exporter.operation.duration').map(([attributes, value]) => [
    'error.type' in attributes ? attributes['error.type'] : 'none',
    typeof value === 'object' ? [value.count, value.buckets.boundaries] : value,
  ]);
  assert.deepEqual(durations, [
    ['503', [1, []]],
    ['none', [1, []]],
    ['rejected', [1, []]],
    ['401', [1, []]],
  ]);
  const [collection] = valuesOf(scopes, 'otel.sdk.metric_reader.collection.duration');
  assert.deepEqual(collection?.[0], {
    'otel.component.type': 'periodic_metric_reader',
    'otel.component.name': 'periodic_metric_reader/0',
  });
});
