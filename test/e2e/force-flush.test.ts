import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { startOtlpReceiver } from '../harness/otlp-receiver.ts';
import { PATIENT, startService } from '../harness/service.ts';

test('every invocation of a Lambda handler is forwarded before the process is frozen', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const service = await startService(t, {
    args: ['test/e2e/fixtures/lambda/runtime.mjs'],
    env: {
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      ...PATIENT,
    },
  });
  for (let i = 1; i <= 4; i++) {
    await service.line(new RegExp(`^invoked ${i}$`));
    assert.equal(receiver.latest('invocations')?.points[0]?.value, i);
    service.signal('SIGCONT');
  }
});

test('flushes that overlap are forwarded together, and shutdown forwards what came after them', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const service = await startService(t, {
    args: ['test/e2e/fixtures/flushes.mjs'],
    env: {
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      ...PATIENT,
    },
  });
  assert.deepEqual(await service.ended(), { code: 0, signal: null });
  assert.equal(service.stdout, 'flushed\nshut down\n');
  const counts = receiver.requests.map(
    ({ metrics }) => metrics.find(({ name }) => name === 'flushes')?.points[0]?.value,
  );
  // The first of the simultaneous flushes runs, and one more serves all that came meanwhile.
  assert.equal(counts.length, 4);
  assert.deepEqual([counts[0], ...counts.slice(2)], [1, 100, 101]);
});

test('a flush tells whether it succeeded, failed or timed out, and never rejects', async (t) => {
  let answer: number | undefined = 200;
  const receiver = createServer((request, response) => {
    request.resume().on('end', () => {
      if (answer !== undefined) response.writeHead(answer).end();
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  t.after(() => {
    receiver.closeAllConnections();
    receiver.close();
  });
  const { port } = receiver.address() as AddressInfo;
  const service = await startService(t, {
    args: ['test/e2e/fixtures/flush-outcomes.mjs'],
    env: {
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      PITOT_FLUSH_TIMEOUT: '2000',
    },
  });
  await service.line(/^flushed$/);
  answer = 401;
  service.signal('SIGCONT');
  await service.line(/^ended: failure$/);
  answer = 200;
  service.signal('SIGCONT');
  await service.line(/^ended: success$/);
  answer = undefined;
  service.signal('SIGCONT');
  await service.line(/^ended: timeout$/);
});
