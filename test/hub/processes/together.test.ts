import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closedGate } from '../../harness/gate.ts';
import { select, value } from '../../harness/samples.ts';
import { PATIENT } from '../../harness/service.ts';
import { until } from '../../harness/until.ts';
import { createFleet, joined, sumOf } from './helpers/fleet.ts';

test('processes of one service serve one endpoint with their numbers merged by kind', async (t) => {
  const fleet = await createFleet(t);
  const apps = [
    await joined(await fleet.start()),
    await joined(await fleet.start()),
    await joined(await fleet.start()),
  ];
  for (const [i, app] of apps.entries()) await app.ask(`/add?n=${10 ** i}`);
  const samples = await fleet.scrape();
  assert.equal(value(samples, 'jobs_total', { kind: 'a' }), 111);
  assert.equal(value(samples, 'took_sum'), 111);
  assert.deepEqual(
    select(samples, 'took_bucket').map(({ value: count }) => count),
    [1, 2, 3],
  );
  assert.equal(value(samples, 'active'), 3);
  for (const [i, { pid }] of apps.entries()) {
    assert.equal(value(samples, 'level', { process_pid: String(pid) }), 10 ** i);
    assert.equal(value(samples, 'pitot_process_info', { process_pid: String(pid) }), 1);
  }
  assert.equal(value(samples, 'pitot_processes', { pitot_process_state: 'live' }), 3);
  assert.equal(value(samples, 'target_info', { service_name: 'fleet', process_pid: '' }), 1);
});

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`totals go on when a follower and then the leader are ended by ${signal}`, async (t) => {
    const fleet = await createFleet(t);
    const leader = await joined(await fleet.start());
    const [doomed, heir] = [await joined(await fleet.start()), await joined(await fleet.start())];
    for (const app of [leader, doomed, heir]) await app.ask('/add?n=10');
    assert.equal(value(await fleet.scrape(), 'jobs_total', { kind: 'a' }), 30);
    if (signal === 'SIGTERM') await doomed.ask('/add?n=5');
    doomed.signal(signal);
    await doomed.ended();
    const expected = signal === 'SIGTERM' ? 35 : 30;
    await until(
      async () =>
        value(await fleet.scrape(), 'pitot_processes', { pitot_process_state: 'ended' }) || undefined,
      {
        what: 'the end of a follower to be seen',
      },
    );
    assert.equal(value(await fleet.scrape(), 'jobs_total', { kind: 'a' }), expected);
    assert.equal(value(await fleet.scrape(), 'active'), 2);

    if (signal === 'SIGTERM') await leader.ask('/add?n=7');
    leader.signal(signal);
    await leader.ended();
    const after = await until(() => fleet.scrape().catch(() => undefined), {
      what: 'the next leader',
      timeout: 2000,
    });
    assert.equal(value(after, 'jobs_total', { kind: 'a' }), signal === 'SIGTERM' ? 42 : 30);
    await heir.ask('/add?n=100');
    const last = await until(
      async () => {
        const samples = await fleet.scrape();
        return value(samples, 'pitot_processes', { pitot_process_state: 'ended' }) === 2
          ? samples
          : undefined;
      },
      { what: 'the end of the leader to be seen' },
    );
    assert.equal(value(last, 'jobs_total', { kind: 'a' }), signal === 'SIGTERM' ? 142 : 130);
    assert.equal(sumOf(last, 'pitot_process_info'), 1);
  });
}

test('a process that counts and ends at once loses nothing, even while it is still starting', async (t) => {
  const fleet = await createFleet(t);
  await joined(await fleet.start());
  for (let i = 0; i < 3; i++) {
    const brief = await fleet.start({
      args: [
        '-e',
        "require('@opentelemetry/api').metrics.getMeter('app').createCounter('jobs').add(5, { kind: 'a' })",
      ],
      env: PATIENT,
    });
    assert.deepEqual(await brief.ended(), { code: 0, signal: null });
  }
  assert.equal(value(await fleet.scrape(), 'jobs_total', { kind: 'a' }), 15);
});

test('a follower with a stuck application still reports, and a stopped one is stale and delays no scrape', async (t) => {
  const fleet = await createFleet(t);
  await joined(await fleet.start());
  const [stuck, stopped] = [await joined(await fleet.start()), await joined(await fleet.start())];
  for (const app of [stuck, stopped]) await app.ask('/add?n=10');
  await fleet.scrape();
  const gate = closedGate(t);
  const blocked = stuck.ask(`/block?until=${gate.path}`);
  const first = await until(
    async () => sumOf(await fleet.scrape(), 'jobs_total', { kind: 'blocked' }) || undefined,
    { what: 'what a stuck application counts' },
  );
  await until(
    async () => sumOf(await fleet.scrape(), 'jobs_total', { kind: 'blocked' }) > first || undefined,
    {
      what: 'the count to rise while the application is stuck',
    },
  );
  stopped.signal('SIGSTOP');
  const samples = await fleet.scrape();
  assert.equal(value(samples, 'jobs_total', { kind: 'a' }), 20);
  assert.equal(value(samples, 'pitot_processes', { pitot_process_state: 'stale' }), 1);
  gate.open();
  await blocked;
  stopped.signal('SIGCONT');
  await until(
    async () =>
      value(await fleet.scrape(), 'pitot_processes', { pitot_process_state: 'stale' }) === 0 || undefined,
    { what: 'the stopped process to be live again' },
  );
});
