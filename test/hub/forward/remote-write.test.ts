import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import protobuf from 'protobufjs';
import { uncompress } from 'snappyjs';
import { Recorder } from '../../../src/app/record/recorder.ts';
import type { SettingOptions } from '../../../src/config/settings/boot-options.ts';
import { TemporalityProducer } from '../../../src/hub/collect/temporality.ts';
import { createForwarders } from '../../../src/hub/forward/forwarders.ts';
import { producerOf } from '../../app/record/helpers/collect.ts';
import { startRecordingServer } from '../../harness/recording-server.ts';
import { configOf } from './helpers/forwarding.ts';
import { exportNow, pushReader } from './helpers/reading.ts';

/** io/prometheus/write/v2/types.proto, as much of it as pitot writes. */
const { root } = protobuf.parse(`syntax = "proto3";
message Request { repeated string symbols = 4; repeated TimeSeries timeseries = 5; }
message TimeSeries {
  repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3;
  repeated Exemplar exemplars = 4; Metadata metadata = 5;
}
message Histogram {
  uint64 count_int = 1; double sum = 3; sint32 schema = 4; double zero_threshold = 5; uint64 zero_count_int = 6;
  repeated BucketSpan negative_spans = 8; repeated sint64 negative_deltas = 9;
  repeated BucketSpan positive_spans = 11; repeated sint64 positive_deltas = 12;
  int64 timestamp = 15; int64 start_timestamp = 17;
}
message BucketSpan { sint32 offset = 1; uint32 length = 2; }
message Exemplar { repeated uint32 labels_refs = 1; double value = 2; int64 timestamp = 3; }
message Sample { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
message Metadata { uint32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }`);

interface Request {
  readonly symbols: readonly string[];
  readonly timeseries: readonly {
    readonly labelsRefs: readonly number[];
    readonly samples: readonly { readonly value: number; readonly timestamp: string }[];
    readonly histograms: readonly Readonly<Record<string, unknown>>[];
    readonly metadata: { readonly type: number; readonly helpRef: number; readonly unitRef: number };
  }[];
}

interface Response {
  readonly status: number;
  readonly written?: number;
}

/** Answers with these in order, then as one that has written everything. */
async function startReceiver(t: TestContext, ...responses: readonly Response[]) {
  const { requests, url } = await startRecordingServer(t, (response, { body }, number) => {
    const all: Response = { status: 204, written: decoded(body).timeseries.length };
    const { status, written } = responses[number] ?? all;
    if (written !== undefined) response.setHeader('X-Prometheus-Remote-Write-Samples-Written', written);
    response.writeHead(status).end();
  });
  return { received: requests, url: `${url}/api/v1/write` };
}

/** Returns a Buffer, for its methods. */
function uncompressed(body: Buffer): Buffer {
  return Buffer.from(uncompress(body));
}

function decoded(body: Buffer): Request {
  const Type = root.lookupType('Request');
  return Type.toObject(Type.decode(uncompressed(body)), { longs: String, defaults: true }) as Request;
}

async function start(options: SettingOptions) {
  const [forwarder] = await createForwarders(configOf({ exporters: ['remote_write'], ...options }));
  assert.ok(forwarder !== undefined);
  const recorder = new Recorder();
  const producer = new TemporalityProducer(producerOf(recorder), forwarder.selectTemporality);
  return { meter: recorder.getMeter('test'), reader: pushReader({ forwarder, producer, timeout: 60_000 }) };
}

test('a request is as remote write 2.0 demands', async (t) => {
  const { received, url } = await startReceiver(t);
  const { meter, reader } = await start({
    remoteWriteUrl: url,
    remoteWriteHeaders: { 'x-scope-orgid': 'a' },
  });
  meter
    .createCounter('rows', { unit: 'By', description: 'Rows.' })
    .add(5, { Zone: 'x', zone: 'é', job: 'import' });
  assert.equal(await exportNow(reader), true);
  const [{ headers, body } = assert.fail()] = received;
  assert.equal(headers['content-type'], 'application/x-protobuf;proto=io.prometheus.write.v2.Request');
  assert.equal(headers['content-encoding'], 'snappy');
  assert.equal(headers['x-prometheus-remote-write-version'], '2.0.0');
  assert.equal(headers['x-scope-orgid'], 'a');
  const { symbols, timeseries } = decoded(body);
  assert.equal(symbols[0], '');
  assert.equal(new Set(symbols).size, symbols.length);
  for (const { labelsRefs } of timeseries) {
    const names = labelsRefs.filter((_, index) => index % 2 === 0).map((index) => symbols[index] ?? '');
    assert.deepEqual(names, names.toSorted());
  }
  const rows = timeseries.find(({ labelsRefs }) =>
    labelsRefs.some((index) => symbols[index] === 'rows_bytes_total'),
  );
  assert.ok(rows !== undefined);
  const texts = rows.labelsRefs.map((index) => symbols[index] ?? '');
  for (const pair of ['Zone x', 'zone é', 'exported_job import', 'job unknown_service:']) {
    assert.ok(texts.join(' ').includes(pair), texts.join(' '));
  }
  assert.equal(rows.samples[0]?.value, 5);
  const { type, helpRef, unitRef } = rows.metadata;
  assert.deepEqual([type, symbols[helpRef], symbols[unitRef]], [1, 'Rows.', 'bytes']);
});

test('a busy or broken receiver gets the same request again, and a refused request is dropped', async (t) => {
  const { received, url } = await startReceiver(
    t,
    { status: 500 },
    { status: 204, written: 99 },
    { status: 401 },
  );
  const { meter, reader } = await start({ remoteWriteUrl: url });
  const counter = meter.createCounter('rows');
  for (const isAccepted of [true, false]) {
    counter.add(1);
    assert.equal(await exportNow(reader), isAccepted);
  }
  assert.equal(received.length, 3);
  assert.deepEqual(received[0]?.body, received[1]?.body);
});

test('a receiver that does not say what it has written counts as one that took nothing', async (t) => {
  const { url } = await startReceiver(t, { status: 200 });
  const { meter, reader } = await start({ remoteWriteUrl: url });
  meter.createCounter('rows').add(1);
  await assert.rejects(reader.forceFlush(), /it has no remote write 2\.0/);
});

/** The series of a request that begin with a name, as `name{labels without those of the target and the scope}`. */
function seriesIn(body: Buffer, name: string) {
  const { symbols, timeseries } = decoded(body);
  return timeseries.flatMap(({ labelsRefs, samples, histograms }) => {
    const texts = labelsRefs.map((index) => symbols[index] ?? '');
    const pairs = texts.flatMap((text, index) => (index % 2 === 0 ? [[text, texts[index + 1] ?? '']] : []));
    const labels = Object.fromEntries(pairs);
    if (!labels.__name__?.startsWith(name)) return [];
    const shown = pairs.filter(([label = '']) => !/^(__name__|job|instance|otel_scope_.*)$/.test(label));
    return [
      { series: `${labels.__name__}{${shown.map((pair) => pair.join('=')).join()}}`, samples, histograms },
    ];
  });
}

/** The bits of 0x7ff0000000000002, the lowest byte first, where a value is. */
const STALE = Buffer.from([0x02, 0, 0, 0, 0, 0, 0xf0, 0x7f]);

test('the end of a series is written until a receiver has it, and then no more', async (t) => {
  const { received, url } = await startReceiver(
    t,
    {
      status: 204,
      written: 99,
    },
    { status: 400 },
  );
  const { meter, reader } = await start({ remoteWriteUrl: url });
  const queues = new Set(['mail', 'push']);
  meter.createObservableGauge('waiting').addCallback((result) => {
    for (const queue of queues) result.observe(1, { queue });
  });
  const ends = [];
  for (let i = 0; i < 4; i++) {
    await exportNow(reader);
    queues.delete('push');
    const { body } = received.at(-1) ?? assert.fail();
    const series = seriesIn(body, 'waiting').map((one) => one.series);
    ends.push([series.includes('waiting{queue=push}'), uncompressed(body).includes(STALE)]);
  }
  // The second request was refused.
  assert.deepEqual(ends, [
    [true, false],
    [true, true],
    [true, true],
    [false, false],
  ]);
});

test('at the end of the process every series ends, later than its last value', async (t) => {
  const { received, url } = await startReceiver(t);
  const { meter, reader } = await start({ remoteWriteUrl: url });
  meter.createCounter('rows').add(1);
  meter.createHistogram('sizes', { advice: { explicitBucketBoundaries: [10] } }).record(5);
  await reader.end();
  assert.equal(received.length, 2);
  const [last = [], end = []] = received.map(({ body }) => seriesIn(body, ''));
  assert.deepEqual(
    end.map(({ series }) => series),
    last.map(({ series }) => series),
  );
  for (const [index, { samples }] of end.entries()) {
    assert.ok(Number.isNaN(samples[0]?.value));
    assert.ok(Number(samples[0]?.timestamp) > Number(last[index]?.samples[0]?.timestamp));
  }
});

test('an exponential histogram is a native one, and its end one too', async (t) => {
  const { received, url } = await startReceiver(t);
  const { meter, reader } = await start({ remoteWriteUrl: url });
  const sizes = meter.createHistogram('sizes', { advice: { exponential: true } });
  for (const value of [0, 1, 1, 4]) sizes.record(value);
  await reader.end();
  const [[first] = [], [end] = []] = received.map(({ body }) => seriesIn(body, 'sizes'));
  assert.equal(first?.series, 'sizes{}');
  const { timestamp, startTimestamp, ...histogram } = first?.histograms[0] ?? {};
  assert.ok(Number(timestamp) >= Number(startTimestamp) && Number(startTimestamp) > 0);
  assert.deepEqual(histogram, {
    countInt: '4',
    sum: 6,
    schema: 6,
    zeroThreshold: 1e-128,
    zeroCountInt: '1',
    positiveSpans: [
      { offset: 0, length: 1 },
      { offset: 127, length: 1 },
    ],
    positiveDeltas: ['2', '-1'],
    negativeSpans: [],
    negativeDeltas: [],
  });
  assert.ok(Number.isNaN(end?.histograms[0]?.sum));
});
