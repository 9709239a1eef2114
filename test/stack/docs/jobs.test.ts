import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExposition } from '../../harness/exposition.ts';
import { folderOf, Guide, runCommand } from '../../harness/guide.ts';
import { startOtlpReceiver } from '../../harness/otlp-receiver.ts';
import { startRecordingServer } from '../../harness/recording-server.ts';
import { value } from '../../harness/samples.ts';

const guide = new Guide('docs/jobs.md');

test('the job of the guide sends what it has done when it ends', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const command = guide.block('OTEL_METRICS_EXPORTER=otlp \\', { 'http://collector:4318': receiver.url });
  const job = await runCommand(t, command, { cwd: await folderOf(t, guide.files('Jobs over OTLP')) });
  assert.deepEqual(await job.ended(), { code: 0, signal: null });
  assert.equal(receiver.latest('rows')?.points[0]?.value, 3);
  assert.ok(receiver.latest('job.last_success.timestamp') !== undefined);
});

test('the job of the guide pushes what it has done to a Pushgateway when it ends', async (t) => {
  const gateway = await startRecordingServer(t);
  const command = guide.block('PITOT_METRICS_EXPORTER=pushgateway', {
    'http://pushgateway:9091': gateway.url,
  });
  const job = await runCommand(t, command, { cwd: await folderOf(t, guide.files('Jobs over OTLP')) });
  assert.deepEqual(await job.ended(), { code: 0, signal: null });
  const push = gateway.requests.at(-1);
  assert.equal(push?.path, '/metrics/job/import');
  const { samples } = parseExposition(push.body.toString());
  assert.equal(value(samples, 'rows_total', { table: 'orders' }), 3);
  assert.ok(value(samples, 'job_last_success_timestamp_seconds') > 0);
});

test('the function of the guide has sent each invocation when it returns', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const settings = guide.block('NODE_OPTIONS=', { 'http://collector:4318': receiver.url });
  const variables = settings
    .trim()
    .split('\n')
    .map((line) => line.split(/=(.*)/s).slice(0, 2));
  const runtime = `import { handler } from './handler.mjs';
for (const invoices of [2, 3]) console.log((await handler({ invoices })).statusCode);
process.kill(process.pid, 'SIGKILL');`;
  const cwd = await folderOf(t, new Map([...guide.files('Functions'), ['runtime.mjs', runtime]]));
  const child = await runCommand(t, 'exec node runtime.mjs', { cwd, env: Object.fromEntries(variables) });
  assert.deepEqual(await child.ended(), { code: null, signal: 'SIGKILL' });
  assert.equal(child.stdout, '200\n200\n');
  const sent = receiver.requests.flatMap(({ metrics }) => metrics.filter(({ name }) => name === 'invoices'));
  assert.deepEqual(
    sent.map(({ points }) => points[0]?.value),
    [2, 3],
  );
});

// A test and not a hook: where failed tests run again, those that passed do not.
test('every block of code was run', () => {
  assert.deepEqual(guide.left, ['apiVersion: batch/v1'], 'every other block was run');
});
