import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderOf, Guide, runCommand } from '../../harness/guide.ts';
import { startOtlpReceiver } from '../../harness/otlp-receiver.ts';
import { startRecordingServer } from '../../harness/recording-server.ts';

const forwarding = new Guide('docs/forwarding.md');
const pushgateway = new Guide('docs/pushgateway.md');

const APP = `
  import { metrics } from '@opentelemetry/api';
  metrics.getMeter('shop').createCounter('orders').add(3);
`;

test('the command of the guide sends over OTLP', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const command = forwarding.block('OTEL_METRICS_EXPORTER=prometheus,otlp', {
    'http://collector:4318': receiver.url,
  });
  const app = await runCommand(t, command, { cwd: await folderOf(t, { 'app.js': APP }) });
  assert.equal((await app.ended()).code, 0);
  assert.equal(receiver.latest('orders')?.points[0]?.value, 3);
});

for (const [what, guide, content, from, path] of [
  [
    'writes over remote write',
    forwarding,
    'PITOT_METRICS_EXPORTER=remote_write',
    'http://prometheus:9090',
    '/api/v1/write',
  ],
  [
    'pushes to a Pushgateway',
    pushgateway,
    'PITOT_METRICS_EXPORTER=pushgateway',
    'http://pushgateway:9091',
    /^\/metrics\/job\/.+/,
  ],
] as const) {
  test(`the command of the guide ${what}`, async (t) => {
    const receiver = await startRecordingServer(t);
    const command = guide.block(content, { [from]: receiver.url });
    const cwd = await folderOf(t, { 'app.js': APP, 'job.js': APP });
    const app = await runCommand(t, command, { cwd });
    assert.equal((await app.ended()).code, 0);
    assert.match(receiver.requests.at(-1)?.path ?? '', new RegExp(path));
  });
}

// A test and not a hook: where failed tests run again, those that passed do not.
test('every block of code was run', () => {
  assert.deepEqual([...forwarding.left, ...pushgateway.left], []);
});
