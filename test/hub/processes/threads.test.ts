import assert from 'node:assert/strict';
import { test } from 'node:test';
import { select, value } from '../../harness/samples.ts';
import { until } from '../../harness/until.ts';
import { createFleet, joined, sumOf } from './helpers/fleet.ts';

const PROGRAM = 'test/hub/processes/programs/threads.mjs';

test('totals include running worker threads, and gauges have a series for each thread', async (t) => {
  const fleet = await createFleet(t);
  const app = await joined(await fleet.start({ args: [PROGRAM] }));
  await app.ask('/start?way=stay');
  await app.ask('/start?way=stay');
  const samples = await until(
    async () => {
      const found = await fleet.scrape();
      return sumOf(found, 'jobs_total', { kind: 'a' }) === 21 ? found : undefined;
    },
    { what: 'both threads to be read' },
  );
  assert.equal(value(samples, 'active'), 2);
  assert.equal(value(samples, 'level', { thread_id: '' }), 1);
  assert.equal(select(samples, 'level').length, 3);
  assert.deepEqual(
    select(await fleet.scrape(), 'observed').map((sample) => sample.value),
    [5, 5],
  );
  const before = value(samples, 'jobs_total', { kind: 'later' });
  await until(
    async () => value(await fleet.scrape(), 'jobs_total', { kind: 'later' }) > before || undefined,
    {
      what: 'the threads to count on',
    },
  );
});

for (const way of ['end', 'throw', 'exit', 'terminate'] as const) {
  test(`a thread's counts stay when it has ended (${way}), and its gauges go`, async (t) => {
    const fleet = await createFleet(t);
    const app = await joined(await fleet.start({ args: [PROGRAM] }));
    for (let i = 0; i < 5; i++) {
      if (way === 'terminate') {
        await app.ask('/start?way=stay');
        await app.ask('/terminate');
      } else await app.ask(`/start?way=${way}&wait`);
    }
    const samples = await until(
      async () => {
        const found = await fleet.scrape();
        return sumOf(found, 'jobs_total', { kind: 'a' }) === 51 && select(found, 'level').length === 1
          ? found
          : undefined;
      },
      { what: 'the totals of all threads', instead: async () => JSON.stringify(await fleet.scrape()) },
    );
    // Another thread may yet take back what an up-down counter of this one added.
    assert.equal(sumOf(samples, 'active'), 5);
    assert.equal(value(samples, 'level'), 1);
  });
}

test('a thread that starts and ends while the main thread is blocked counts once', async (t) => {
  const fleet = await createFleet(t);
  const app = await joined(await fleet.start({ args: [PROGRAM] }));
  for (let i = 0; i < 3; i++) await app.ask('/blocked');
  await until(async () => sumOf(await fleet.scrape(), 'jobs_total', { kind: 'a' }) === 31 || undefined, {
    what: 'the totals of the threads',
  });
});

test('totals of ended threads survive the end of the hub', async (t) => {
  const fleet = await createFleet(t);
  const app = await joined(
    await fleet.start({
      nodeArgs: ['--import', './test/hub/processes/programs/mortal-hub.mjs'],
      args: [PROGRAM],
    }),
  );
  await app.ask('/start?way=end&wait');
  await app.ask('/start?way=stay');
  await until(async () => sumOf(await fleet.scrape(), 'jobs_total', { kind: 'a' }) === 21 || undefined, {
    what: 'both threads',
  });
  await app.ask('/kill-hub');
  await app.line(/hub is started again/);
  await until(
    async () => {
      const samples = await fleet.scrape().catch(() => []);
      return sumOf(samples, 'jobs_total', { kind: 'a' }) === 21 || undefined;
    },
    { what: 'all totals in the next hub' },
  );
});

test('the first answer of a new hub has the counts of all threads, of blocked and terminated ones too', async (t) => {
  const fleet = await createFleet(t);
  const app = await joined(
    await fleet.start({
      nodeArgs: ['--import', './test/hub/processes/programs/mortal-hub.mjs'],
      args: [PROGRAM],
    }),
  );
  for (const way of ['stay', 'block', 'block']) await app.ask(`/start?way=${way}`);
  await until(async () => sumOf(await fleet.scrape(), 'jobs_total', { kind: 'a' }) === 31 || undefined, {
    what: 'all threads',
  });
  await app.ask('/kill-hub');
  await app.ask('/terminate');
  for (let answers = 0; answers < 3; answers++) {
    const samples = await until(() => fleet.scrape().catch(() => undefined), { what: 'an answer' });
    assert.equal(sumOf(samples, 'jobs_total', { kind: 'a' }), 31);
    assert.equal(
      select(samples, 'level').length,
      2,
      'gauges of the main thread and of the one that is not blocked',
    );
  }
});
