import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Recorder } from '../../../src/app/record/recorder.ts';
import type { SettingOptions } from '../../../src/config/settings/boot-options.ts';
import { TemporalityProducer } from '../../../src/hub/collect/temporality.ts';
import { createForwarders } from '../../../src/hub/forward/forwarders.ts';
import { producerOf } from '../../app/record/helpers/collect.ts';
import { parseExposition } from '../../harness/exposition.ts';
import { startRecordingServer } from '../../harness/recording-server.ts';
import { value } from '../../harness/samples.ts';
import { collectErrors, configOf } from './helpers/forwarding.ts';
import { exportNow, pushReader } from './helpers/reading.ts';

/** Takes what would be pushed to a Pushgateway, and answers with these statuses in order, then with 200. */
async function startGateway(t: TestContext, ...statuses: readonly number[]) {
  const { requests, host } = await startRecordingServer(t, (response, _, number) => {
    response.writeHead(statuses[number] ?? 200).end('pushed metrics are invalid');
  });
  return { pushes: requests, host };
}

async function start(options: SettingOptions) {
  const [forwarder] = await createForwarders(configOf({ exporters: ['pushgateway'], ...options }));
  assert.ok(forwarder !== undefined);
  const recorder = new Recorder();
  const producer = new TemporalityProducer(producerOf(recorder), forwarder.selectTemporality);
  return { meter: recorder.getMeter('test'), reader: pushReader({ forwarder, producer, timeout: 60_000 }) };
}

test('totals replace those of the group of the service', async (t) => {
  const { pushes, host } = await startGateway(t);
  const { meter, reader } = await start({ pushgatewayUrl: `http://${host}`, serviceName: 'night shift' });
  const counter = meter.createCounter('rows', { unit: '{row}', description: 'Rows.' });
  for (let i = 1; i <= 2; i++) {
    counter.add(5, { table: 'orders' });
    assert.equal(await exportNow(reader), true);
  }
  assert.deepEqual(
    pushes.map(({ method, path, headers }) => [method, path, headers['content-type']]),
    Array(2).fill(['PUT', '/metrics/job/night%20shift', 'text/plain; version=0.0.4; charset=utf-8']),
  );
  const totals = pushes.map(({ body }) =>
    value(parseExposition(body.toString()).samples, 'rows_total', { table: 'orders' }),
  );
  assert.deepEqual(totals, [5, 10]);
});

test('the grouping key may have any values, and a password in the URL is sent as basic authentication', async (t) => {
  const { pushes, host } = await startGateway(t);
  const { meter, reader } = await start({
    pushgatewayUrl: `http://me:p%40ss@${host}/gateway/`,
    pushgatewayGrouping: { job: 'import', path: '/var/tmp', empty: '', place: 'Zürich', parent: '..' },
  });
  meter.createCounter('rows').add(1);
  await exportNow(reader);
  const [push] = pushes;
  assert.equal(
    push?.path,
    '/gateway/metrics/job/import/path@base64/L3Zhci90bXA/empty@base64/=/place/Z%C3%BCrich/parent@base64/Li4',
  );
  assert.equal(push?.headers.authorization, `Basic ${btoa('me:p@ss')}`);
});

test('a busy gateway gets the push again, and one that refuses gets no part of it', async (t) => {
  const { pushes, host } = await startGateway(t, 503, 200, 400);
  const { meter, reader } = await start({ pushgatewayUrl: `http://${host}` });
  const counters = ['a', 'b', 'c'].map((name) => meter.createCounter(name));
  for (const isAccepted of [true, false]) {
    for (const counter of counters) counter.add(1);
    assert.equal(await exportNow(reader), isAccepted);
  }
  assert.equal(pushes.length, 3);
  assert.deepEqual(pushes[0]?.body, pushes[1]?.body);
});

test('a grouping key that the gateway would refuse is reported with the setting', async (t) => {
  for (const [pushgatewayGrouping, reason] of [
    [{ 'service.name': 'x' }, 'has the label "service\\.name"'],
    [{ __name__: 'x' }, 'has the label "__name__"'],
    [{ job: '' }, 'has an empty job'],
  ] as const) {
    const errors = collectErrors(t);
    const config = configOf({ exporters: ['pushgateway'], pushgatewayGrouping });
    assert.deepEqual(await createForwarders(config), []);
    assert.match(errors[0] ?? '', new RegExp(`PITOT_PUSHGATEWAY_GROUPING\\) ${reason}`));
  }
});

test('the group stays when the process ends, or is deleted by a setting', async (t) => {
  for (const [pushgatewayAtExit, methods] of [
    ['keep', ['PUT']],
    ['delete', ['PUT', 'DELETE']],
  ] as const) {
    const { pushes, host } = await startGateway(t);
    const { meter, reader } = await start({ pushgatewayUrl: `http://me:secret@${host}`, pushgatewayAtExit });
    meter.createCounter('rows').add(1);
    await reader.end();
    assert.deepEqual(
      pushes.map(({ method }) => method),
      methods,
    );
    const [push = assert.fail()] = pushes;
    for (const { path, headers } of pushes) {
      assert.deepEqual([path, headers.authorization], [push.path, push.headers.authorization]);
    }
  }
});
