import assert from 'node:assert/strict';
import { test } from 'node:test';
import { value } from '../harness/samples.ts';
import { startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';

test('when the hub dies one error says so, the application goes on, and a new hub has all totals', async (t) => {
  const service = await startService(t, {
    nodeArgs: [],
    args: ['test/e2e/fixtures/hub-dies.mjs'],
  });
  const [, port] = await service.line(/^listening on (\d+)$/);
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`).then((response) => response.text());
  await service.scrape();
  for (let i = 0; i < 5; i++) assert.equal(await ask('/work'), 'ok');
  assert.equal(await ask('/kill'), 'ok');
  for (let i = 0; i < 5; i++) assert.equal(await ask('/work'), 'ok');

  const { samples } = await until(() => service.scrape().catch(() => undefined), { what: 'the new hub' });
  assert.equal(value(samples, 'c_total', { url: '/work' }), 10);
  assert.equal(value(samples, 'c_total', { url: '/kill' }), 1);
  assert.equal(value(samples, 'g'), 1);
  assert.equal(service.stderr.match(/^pitot: error/gm)?.length, 1, service.stderr);
  assert.match(
    service.stderr,
    /the hub's thread failed .* nothing recorded is lost; the hub is started again in 1 s/,
  );
  assert.equal(service.stderr.match(/\/metrics/g)?.length, 1, 'the start-up line is said once');
});

test('where no thread can be started one error says so, nothing is thrown, and nobody waits for the endpoint', async (t) => {
  const service = await startService(t, {
    nodeArgs: ['--permission', '--allow-fs-read=*'],
    args: ['test/e2e/fixtures/no-thread.mjs'],
  });
  assert.deepEqual(await service.ended(), { code: 0, signal: null });
  assert.equal(service.stdout, 'ready: undefined\nended\n');
  assert.equal(service.stderr.match(/^pitot: error/gm)?.length, 1, service.stderr);
  assert.match(service.stderr, /the hub's thread failed .*--allow-worker/);
});
