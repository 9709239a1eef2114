import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { SettingOptions } from '../../../src/config/settings/boot-options.ts';
import type { Answer, Forwarder } from '../../../src/hub/forward/forwarder.ts';
import { createForwarders } from '../../../src/hub/forward/forwarders.ts';
import { readRpcStatus } from '../../../src/hub/forward/rpc-status.ts';
import { configOf } from './helpers/forwarding.ts';
import { type GrpcAnswer, startGrpcReceiver } from './helpers/grpc-receiver.ts';
import { type HttpAnswer, startHttpReceiver } from './helpers/http-receiver.ts';
import { partialSuccess, rpcStatus } from './helpers/responses.ts';

const NOTHING = new Uint8Array();
/** Milliseconds; longer than any answer takes. */
const LONG = 10_000;

async function forwarderOf(t: TestContext, options: SettingOptions): Promise<Forwarder> {
  const [forwarder] = await createForwarders(configOf({ exporters: ['otlp'], ...options }));
  assert.ok(forwarder);
  t.after(() => forwarder.close?.());
  return forwarder;
}

async function overHttp(t: TestContext, answer: HttpAnswer, timeout = LONG): Promise<Answer> {
  const receiver = await startHttpReceiver(t, { answer: () => answer });
  return (await forwarderOf(t, { otlpEndpoint: receiver.url })).attempt(NOTHING, timeout);
}

async function overGrpc(t: TestContext, answer: GrpcAnswer | 'silence', timeout = LONG): Promise<Answer> {
  const { target } = await startGrpcReceiver(t, { answer: () => answer });
  const forwarder = await forwarderOf(t, { otlpProtocol: 'grpc', otlpEndpoint: `http://${target}` });
  return forwarder.attempt(NOTHING, timeout);
}

test('over HTTP pitot retries the same request after 429, 502, 503 and 504, and after no other failure', async (t) => {
  for (const status of [429, 502, 503, 504, 301, 400, 401, 403, 404, 413, 500, 501]) {
    const answer = await overHttp(t, { status });
    assert.equal(answer.outcome, [429, 502, 503, 504].includes(status) ? 'retryable' : 'refused');
    assert.deepEqual(answer.status, { 'http.response.status_code': status });
    assert.equal('errorType' in answer && answer.errorType, String(status));
  }
});

test('Retry-After is read as seconds or as a date, and ignored otherwise', async (t) => {
  const wait = async (retryAfter: string) => {
    const answer = await overHttp(t, { status: 503, headers: { 'retry-after': retryAfter } });
    return answer.outcome === 'retryable' ? answer.wait : assert.fail(answer.outcome);
  };
  assert.equal(await wait('7'), 7000);
  assert.equal(await wait('0'), 0);
  assert.equal(await wait('soon'), undefined);
  assert.equal(await wait('Thu, 01 Jan 2015 00:00:00 GMT'), 0);
  const inAnHour = await wait(new Date(Date.now() + 3_600_000).toUTCString());
  assert.ok(inAnHour !== undefined && inAnHour > 3_000_000 && inAnHour <= 3_600_000);
});

test("a failure's reason has the receiver's message, in JSON, protobuf or plain text", async (t) => {
  const reason = async (headers: Record<string, string>, body: string | Uint8Array) => {
    const answer = await overHttp(t, { status: 400, headers, body });
    return 'reason' in answer ? answer.reason : assert.fail(answer.outcome);
  };
  const said = 'it answers 400 Bad Request: the sum is odd';
  assert.equal(await reason({ 'content-type': 'application/json' }, '{"message":"the sum is odd"}'), said);
  assert.equal(
    await reason({ 'content-type': 'application/x-protobuf' }, rpcStatus(3, 'the sum is odd')),
    said,
  );
  assert.equal(await reason({ 'content-type': 'application/json' }, '{"message":"the sum\\nis odd"}'), said);
  assert.equal(
    await reason(
      { 'content-type': 'text/plain; charset=utf-8' },
      'normalization for label name "日本" failed\n',
    ),
    'it answers 400 Bad Request: normalization for label name "日本" failed',
  );
  assert.equal(await reason({}, 'the sum is odd'), said);
  assert.equal(await reason({ 'content-type': 'text/html' }, '<p>no'), 'it answers 400 Bad Request');
  assert.equal(
    await reason({ 'content-type': 'application/json' }, '{"message":'),
    'it answers 400 Bad Request',
  );
  assert.equal(
    await reason({ 'content-type': 'application/x-protobuf' }, '\xff'),
    'it answers 400 Bad Request',
  );
});

test('a receiver that is down, breaks off or does not answer gets a retry', async (t) => {
  const gone = await startHttpReceiver(t);
  gone.close();
  const forwarder = await forwarderOf(t, { otlpEndpoint: gone.url });
  const errorTypes = [
    await forwarder.attempt(NOTHING, LONG),
    await overHttp(t, 'reset'),
    await overHttp(t, 'silence', 50),
    await overGrpc(t, 'silence', 500),
  ].map((answer) => (answer.outcome === 'retryable' ? answer.errorType : answer.outcome));
  assert.deepEqual(errorTypes, ['ECONNREFUSED', 'ECONNRESET', 'timeout', 'DEADLINE_EXCEEDED']);
});

test('the status decides about an answer whose body never ends', async (t) => {
  const outcomes = [];
  for (const status of [200, 503, 400]) {
    outcomes.push((await overHttp(t, { status, endless: true }, 200)).outcome);
  }
  assert.deepEqual(outcomes, ['accepted', 'retryable', 'refused']);
});

test('over HTTP rejected data points are counted from protobuf and from JSON', async (t) => {
  const accepted = { outcome: 'accepted', status: { 'http.response.status_code': 200 } };
  assert.deepEqual(await overHttp(t, { status: 200, body: partialSuccess(3, 'too old') }), {
    ...accepted,
    rejected: 3,
    message: 'too old',
  });
  const receiver = await startHttpReceiver(t, {
    answer: () => ({
      status: 200,
      body: '{"partialSuccess":{"rejectedDataPoints":"4","errorMessage":"late"}}',
    }),
  });
  const json = await forwarderOf(t, { otlpProtocol: 'http/json', otlpEndpoint: receiver.url });
  assert.deepEqual(await json.attempt(NOTHING, LONG), { ...accepted, rejected: 4, message: 'late' });
  assert.deepEqual(await overHttp(t, { status: 202, body: 'fine' }), {
    ...accepted,
    status: { 'http.response.status_code': 202 },
    rejected: 0,
    message: '',
  });
});

test('over gRPC the codes that the specification names are retryable, RESOURCE_EXHAUSTED only with a delay', async (t) => {
  const retryable = [1, 4, 10, 11, 14, 15];
  for (let status = 1; status <= 16; status++) {
    const answer = await overGrpc(t, { status });
    assert.equal(answer.outcome, retryable.includes(status) ? 'retryable' : 'refused', `code ${status}`);
  }
  const throttled = await overGrpc(t, { status: 8, details: rpcStatus(8, 'full', [2, 500_000_000]) });
  assert.deepEqual(throttled, {
    outcome: 'retryable',
    errorType: 'RESOURCE_EXHAUSTED',
    reason: 'RESOURCE_EXHAUSTED: ',
    status: { 'rpc.status_code': 'RESOURCE_EXHAUSTED' },
    wait: 2500,
  });
});

test('over gRPC rejected data points are counted', async (t) => {
  assert.deepEqual(await overGrpc(t, { response: partialSuccess(5, 'no') }), {
    outcome: 'accepted',
    rejected: 5,
    message: 'no',
    status: { 'rpc.status_code': 'OK' },
  });
});

test('a forwarder describes its destination', async (t) => {
  const of = async (options: SettingOptions) => (await forwarderOf(t, options)).component;
  const { type, server } = await of({ otlpEndpoint: 'https://[::1]/v1/metrics' });
  assert.deepEqual([type, server], ['otlp_http_metric_exporter', { address: '::1', port: 443 }]);
  const servers = await Promise.all(
    ['https://collector.example', 'unix:///run/otlp.sock', '[::1]:4317', 'collector'].map(
      async (otlpEndpoint) => (await of({ otlpProtocol: 'grpc', otlpEndpoint })).server,
    ),
  );
  assert.deepEqual(servers, [
    { address: 'collector.example' },
    { address: '/run/otlp.sock' },
    { address: '::1', port: 4317 },
    { address: 'collector' },
  ]);
});

test('an unreadable status counts as absent and breaks nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const read = readRpcStatus(bytes);
      assert.ok(read === undefined || typeof read.message === 'string');
    }),
    { numRuns: 2000 },
  );
});
