import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startChild } from '../harness/child.ts';
import { startOtlpReceiver } from '../harness/otlp-receiver.ts';
import { program, skipWithout } from '../harness/programs.ts';
import { value } from '../harness/samples.ts';
import { DOOR, inherited, PATIENT, REPOSITORY, startService } from '../harness/service.ts';
import type { StallReport } from '../harness/stalling-service.ts';
import { until } from '../harness/until.ts';
import { createFleet, joined } from '../hub/processes/helpers/fleet.ts';

const APP = 'test/e2e/fixtures/ends.mjs';

/** How the same program ends without pitot, and which signal is sent to it. */
const WAYS = [
  { way: 'normal end', ending: { code: 0, signal: null } },
  { way: 'process.exit(3)', ending: { code: 3, signal: null } },
  { way: 'throw', ending: { code: 1, signal: null } },
  { way: 'rejection', ending: { code: 1, signal: null } },
  { way: 'SIGTERM', send: 'SIGTERM', ending: { code: null, signal: 'SIGTERM' } },
  { way: 'SIGINT', send: 'SIGINT', ending: { code: null, signal: 'SIGINT' } },
  { way: 'SIGHUP', send: 'SIGHUP', ending: { code: null, signal: 'SIGHUP' } },
  { way: 'SIGUSR2', send: 'SIGUSR2', ending: { code: null, signal: 'SIGUSR2' } },
  { way: 'own SIGTERM listener', send: 'SIGTERM', ending: { code: 5, signal: null }, extra: 1 },
  {
    way: 'SIGTERM listener that ends if alone',
    send: 'SIGTERM',
    ending: { code: null, signal: 'SIGTERM' },
    extra: 1,
  },
  { way: 'SIGTERM listener that is removed', send: 'SIGTERM', ending: { code: null, signal: 'SIGTERM' } },
  {
    way: 'SIGTERM listener that leaves nothing to do and raises it again',
    send: 'SIGTERM',
    ending: { code: null, signal: 'SIGTERM' },
    extra: 1,
  },
  { way: 'process.kill() of itself, and code after it', ending: { code: null, signal: 'SIGTERM' } },
  { way: 'process.kill() of itself by text', ending: { code: null, signal: 'SIGTERM' } },
  { way: 'process.kill() of its group', ending: { code: null, signal: 'SIGTERM' } },
  { way: 'process.kill() of its group by id', ending: { code: null, signal: 'SIGTERM' } },
  { way: 'process.kill() of itself by number', ending: { code: null, signal: 'SIGINT' } },
  { way: 'SIGTERM emitted by the program', ending: { code: 4, signal: null }, extra: 1 },
] as const;

for (const { way, ending, ...rest } of WAYS) {
  test(`the last values reach an OTLP receiver and the process ends as without pitot: ${way}`, async (t) => {
    const receiver = await startOtlpReceiver(t);
    const service = await startService(t, {
      args: [APP, way],
      env: {
        OTEL_METRICS_EXPORTER: 'prometheus,otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        ...PATIENT,
      },
    });
    if ('send' in rest) {
      await service.line(/^started$/);
      service.signal(rest.send);
    }
    assert.deepEqual(await service.ended(), ending);
    const points = receiver.latest('records')?.points ?? [];
    const total = points.reduce((sum, { value }) => sum + (typeof value === 'number' ? value : 0), 0);
    assert.equal(total, 1000 + ('extra' in rest ? rest.extra : 0));
    assert.equal(receiver.latest('observed')?.points[0]?.value, 7);
    const unhurt = way === 'throw' || way === 'rejection' ? /on purpose/ : /^$/;
    assert.match(service.stderr.replaceAll(/^pitot: .*\n/gm, ''), unhurt);
  });
}

test('the last values are flushed at the end after process.kill() of a group that does not exist', async (t) => {
  const receiver = await startOtlpReceiver(t);
  // The shell leads the group in place of the program.
  const child = await startChild(t, 'sh', {
    args: ['-c', '"$0" "$@"; exit $?', process.execPath, ...DOOR, APP, 'process.kill() of no group'],
    cwd: REPOSITORY,
    env: {
      ...inherited(),
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      ...PATIENT,
    },
  });
  assert.deepEqual(await child.ended(), { code: 7, signal: null });
  const points = receiver.latest('records')?.points ?? [];
  assert.equal(points.find(({ attributes }) => attributes.i === 1)?.value, 101);
});

/** The URL of a receiver that takes connections and answers nothing. */
async function silentReceiver(t: TestContext): Promise<string> {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const address = silent.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

test('a receiver that does not answer holds up the end for no longer than PITOT_FLUSH_TIMEOUT, and that is said', async (t) => {
  const service = await startService(t, {
    args: [APP, 'process.exit(3)'],
    env: {
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: await silentReceiver(t),
      PITOT_FLUSH_TIMEOUT: '300',
    },
  });
  assert.deepEqual(await service.ended(), { code: 3, signal: null });
  assert.match(service.stderr, /the last values were not forwarded within 300 ms \(PITOT_FLUSH_TIMEOUT\)/);
});

test('a clock that a test has replaced does not lengthen the wait for a receiver', async (t) => {
  const service = await startService(t, {
    args: [APP, 'process.exit(3) while the clock stands still'],
    env: {
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: await silentReceiver(t),
      PITOT_FLUSH_TIMEOUT: '300',
    },
  });
  assert.deepEqual(await service.ended(), { code: 3, signal: null });
  // After the receiver's own timeout, which is longer, the hub would say more.
  assert.match(service.stderr, /the last values were not forwarded within 300 ms \(PITOT_FLUSH_TIMEOUT\)/);
});

test('the wait for a receiver at the end is no stall of the application', async (t) => {
  const service = await startService(t, {
    args: [APP, 'SIGTERM'],
    env: {
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: await silentReceiver(t),
      PITOT_STALL_THRESHOLD: '500',
      PITOT_FLUSH_TIMEOUT: '3000',
    },
  });
  const url = new URL('/stalls', await service.endpoint());
  const stalls = async () => ((await (await fetch(url)).json()) as StallReport).stalls;
  assert.deepEqual(await stalls(), []);
  service.signal('SIGTERM');
  const seen: unknown[] = [];
  const over = service.ended();
  // The hub answers while the application's thread waits.
  for (let isUp = true; isUp; ) {
    isUp = await stalls().then(
      (now) => {
        seen.push(...now);
        return true;
      },
      () => false,
    );
    await pause(50);
  }
  assert.deepEqual(await over, { code: null, signal: 'SIGTERM' });
  assert.match(service.stderr, /the last values were not forwarded within 3000 ms/);
  assert.deepEqual(seen, []);
});

test('signals are left alone when PITOT_SIGNALS says so', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const service = await startService(t, {
    args: [APP, 'SIGTERM'],
    env: {
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      PITOT_SIGNALS: 'leave',
    },
  });
  await service.line(/OTLP/);
  service.signal('SIGTERM');
  assert.deepEqual(await service.ended(), { code: null, signal: 'SIGTERM' });
  assert.deepEqual(receiver.requests, []);
});

test('a signal that is on its way when the last other process leaves ends the process all the same', async (t) => {
  const child = await startChild(t, process.execPath, {
    args: ['test/e2e/fixtures/signal-on-its-way.mjs'],
    cwd: REPOSITORY,
    env: inherited(),
  });
  assert.deepEqual(await child.ended(), { code: null, signal: 'SIGTERM' });
  assert.equal(child.stdout, '');
});

test('an application that listens to a signal once, with another process beside it, ends as it wants to', async (t) => {
  const fleet = await createFleet(t);
  const program = `process.once('SIGTERM', () => setTimeout(() => process.exit(5), 100)); setInterval(() => {}, 1000);`;
  const listening = await fleet.start({ args: ['--input-type=module', '--eval', program] });
  await listening.endpoint();
  const beside = await fleet.start();
  await joined(beside);
  await until(
    async () =>
      value(await fleet.scrape(), 'pitot_processes', { pitot_process_state: 'live' }) === 2 || undefined,
    { what: 'two processes' },
  );
  listening.signal('SIGTERM');
  assert.deepEqual(await listening.ended(), { code: 5, signal: null });
});

for (const way of ['process.exit(5)', 'shutdown()'] as const) {
  test(`process 1, which a signal does not end, forwards its values at the signal and the later ones at ${way}`, {
    skip: skipWithout('unshare'),
  }, async (t) => {
    const receiver = await startOtlpReceiver(t);
    const service = await startChild(t, program('unshare'), {
      args: [
        ...['--user', '--map-root-user', '--pid', '--fork', process.execPath],
        ...[...DOOR, APP, `SIGTERM, and later ${way}`],
      ],
      cwd: REPOSITORY,
      env: {
        ...inherited(),
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        ...PATIENT,
      },
    });
    assert.deepEqual(await service.ended(), { code: 5, signal: null });
    const points = receiver.latest('records')?.points ?? [];
    assert.equal(
      points.reduce((sum, { value }) => sum + Number(value), 0),
      1001,
    );
    assert.equal(receiver.latest('observed')?.points[0]?.value, 7);
    assert.equal(receiver.requests.length, 2);
  });
}
