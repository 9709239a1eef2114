import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { startChild } from '../harness/child.ts';
import { parseExposition } from '../harness/exposition.ts';
import type { Lifetime } from '../harness/lifetime.ts';
import { startOtlpReceiver } from '../harness/otlp-receiver.ts';
import { value } from '../harness/samples.ts';
import { inherited, REPOSITORY } from '../harness/service.ts';

// Runs the blocks of code of docs/jobs.md, with a receiver's address in place of that in the text.

const BLOCKS = [
  ...readFileSync(join(REPOSITORY, 'docs/jobs.md'), 'utf8').matchAll(/^```\w*\n(.*?)^```$/gms),
].map(([, block = '']) => block);

function blockWith(content: string): string {
  const [block, ...others] = BLOCKS.filter((one) => one.includes(content));
  assert.ok(block !== undefined && others.length === 0, `one block has ${content}`);
  return block;
}

/** A directory with the programs of the page and pitot. */
function directory(lifetime: Lifetime): string {
  const folder = mkdtempSync(join(tmpdir(), 'pitot-jobs-'));
  lifetime.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(REPOSITORY, join(folder, 'node_modules/pitot'));
  for (const name of ['job.mjs', 'handler.mjs']) {
    writeFileSync(join(folder, name), blockWith(`// ${name}`));
  }
  return folder;
}

/** The environment of a program on a machine that is busy with other tests. */
function environment(): NodeJS.ProcessEnv {
  return { ...inherited(), PITOT_FLUSH_TIMEOUT: '60000' };
}

test('the job of the page sends what it has done when it ends', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const script = blockWith('OTEL_METRICS_EXPORTER=otlp \\').replace('http://collector:4318', receiver.url);
  const child = await startChild(t, 'sh', { args: ['-c', script], cwd: directory(t), env: environment() });
  assert.deepEqual(await child.ended(), { code: 0, signal: null });
  assert.equal(receiver.latest('rows')?.points[0]?.value, 3);
  assert.ok(receiver.latest('job.last_success.timestamp') !== undefined);
});

test('the job of the page pushes what it has done to a Pushgateway when it ends', async (t) => {
  const pushes: { readonly url: string | undefined; readonly body: string }[] = [];
  const server = createServer(async (request, response) => {
    pushes.push({ url: request.url, body: await text(request) });
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const script = blockWith('PITOT_METRICS_EXPORTER=pushgateway').replace('http://pushgateway:9091', url);
  const child = await startChild(t, 'sh', { args: ['-c', script], cwd: directory(t), env: environment() });
  assert.deepEqual(await child.ended(), { code: 0, signal: null });
  const push = pushes.at(-1);
  assert.equal(push?.url, '/metrics/job/import');
  const { samples } = parseExposition(push.body);
  assert.equal(value(samples, 'rows_total', { table: 'orders' }), 3);
  assert.ok(value(samples, 'job_last_success_timestamp_seconds') > 0);
});

test('the function of the page has sent each invocation when it returns', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const settings = blockWith('NODE_OPTIONS=').replace('http://collector:4318', receiver.url);
  const variables = settings
    .trim()
    .split('\n')
    .map((line) => line.split(/=(.*)/s).slice(0, 2));
  const program = `import { handler } from './handler.mjs';
for (const invoices of [2, 3]) console.log((await handler({ invoices })).statusCode);
process.kill(process.pid, 'SIGKILL');`;
  const child = await startChild(t, process.execPath, {
    args: ['--input-type=module', '-e', program],
    cwd: directory(t),
    env: { ...environment(), ...Object.fromEntries(variables) },
  });
  assert.deepEqual(await child.ended(), { code: null, signal: 'SIGKILL' });
  assert.equal(child.stdout, '200\n200\n');
  const sent = receiver.requests.flatMap(({ metrics }) => metrics.filter(({ name }) => name === 'invoices'));
  assert.deepEqual(
    sent.map(({ points }) => points[0]?.value),
    [2, 3],
  );
});
