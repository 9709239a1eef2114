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
message TimeSeries { repeated uint32 labels_refs = 1; repeated Sample samples = 2; Metadata metadata = 5; }
message Sample { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
message Metadata { uint32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }`);

interface Request {
  readonly symbols: readonly string[];
  readonly timeseries: readonly {
    readonly labelsRefs: readonly number[];
    readonly samples: readonly { readonly value: number; readonly timestamp: string }[];
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

function decoded(body: Buffer): Request {
  const Type = root.lookupType('Request');
  return Type.toObject(Type.decode(uncompress(body)), { longs: String, defaults: true }) as Request;
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
