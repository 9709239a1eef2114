import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { startChild } from '../harness/child.ts';
import { value } from '../harness/samples.ts';
import { DOOR, inherited, REPOSITORY, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';

test('when the hub dies one error says so, the application goes on, and a new hub has all totals', async (t) => {
  const service = await startService(t, {
    nodeArgs: [],
    args: ['test/e2e/fixtures/hub-dies.mjs'],
  });
  const [, port] = await service.line(/^listening on (\d+)$/);
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`).then((response) => response.text());
  const before = await service.scrape();
  for (let i = 0; i < 5; i++) assert.equal(await ask('/work'), 'ok');
  assert.equal(await ask('/kill'), 'ok');
  for (let i = 0; i < 5; i++) assert.equal(await ask('/work'), 'ok');

  const { samples } = await until(() => service.scrape().catch(() => undefined), { what: 'the new hub' });
  assert.equal(value(samples, 'c_total', { url: '/work' }), 10);
  assert.equal(value(samples, 'c_total', { url: '/kill' }), 1);
  assert.equal(value(samples, 'g'), 1);
  const startOf = (all: typeof samples) => value(all, 'process_start_time_seconds');
  assert.equal(startOf(samples), startOf(before.samples), 'the start time is the same');
  assert.equal(service.stderr.match(/^pitot: error/gm)?.length, 1, service.stderr);
  assert.match(
    service.stderr,
    /the hub's thread failed .* nothing recorded is lost; the hub is started again in 1 s/,
  );
  assert.equal(service.stderr.match(/\/metrics/g)?.length, 1, 'the start-up line is said once');
});

test('where no thread can be started one error says so, nothing is thrown, and no caller waits for the endpoint', async (t) => {
  const service = await startService(t, {
    nodeArgs: ['--permission', '--allow-fs-read=*'],
    args: ['test/e2e/fixtures/no-thread.mjs'],
  });
  assert.deepEqual(await service.ended(), { code: 0, signal: null });
  assert.equal(service.stdout, 'ready: undefined\nended\n');
  assert.equal(service.stderr.match(/^pitot: error/gm)?.length, 1, service.stderr);
  assert.match(service.stderr, /the hub's thread cannot be started .* Start Node.js with --allow-worker\./);
});

describe('where address space is limited', {
  skip: process.platform !== 'linux' && 'needs ulimit -v',
}, () => {
  // Otherwise glibc reserves 64 MiB for each thread that allocates at the same time as another.
  const env = { ...inherited(), MALLOC_ARENA_MAX: '1', OTEL_EXPORTER_PROMETHEUS_PORT: '0' };
  /** @param room kibibytes besides what Node.js itself reserves */
  const limited = async (t: TestContext, room: number, program: string) => {
    const own = await startChild(t, process.execPath, {
      env,
      args: ['-p', 'fs.readFileSync("/proc/self/status", "latin1").match(/VmSize:\\s+(\\d+)/)[1]'],
    });
    await own.ended();
    return startChild(t, '/bin/sh', {
      args: [
        ...['-c', `ulimit -c 0; ulimit -v ${Number(own.stdout) + room}; exec "$0" "$@"`],
        ...[process.execPath, ...DOOR, '-e', program],
      ],
      cwd: REPOSITORY,
      env,
    });
  };

  test('the hub makes do with less of it than V8 would take', async (t) => {
    const service = await limited(t, 550_000, 'setInterval(() => {}, 1000)');
    const [url] = await service.line(/http:\S+\/metrics/);
    assert.equal((await fetch(url)).status, 200);
  });

  test('the application runs where there is too little for the hub, and one line says so', async (t) => {
    const service = await limited(t, 200_000, 'console.log("works")');
    assert.deepEqual(await service.ended(), { code: 0, signal: null });
    assert.equal(service.stdout, 'works\n');
    const said =
      /^pitot: error: the hub's thread cannot be started \(it needs \d+ MiB .* \d+ MiB are left\).*\n$/;
    assert.match(service.stderr, said);
  });
});
