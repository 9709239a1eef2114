import assert from 'node:assert/strict';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { value } from '../../harness/samples.ts';
import { until } from '../../harness/until.ts';
import { createFleet, joined, sumOf } from './helpers/fleet.ts';

test('a cluster has one endpoint, served by its primary, with the requests of all workers, the dead included', async (t) => {
  const fleet = await createFleet(t);
  const app = await fleet.start({ args: ['test/hub/processes/programs/cluster.mjs', '3'] });
  const [, port] = await app.line(/^listening on (\d+)$/);
  // Each on a connection of its own: one that is kept may be that of a worker that is ending.
  const ask = (path: string) =>
    new Promise<string>((resolve, reject) => {
      get({ port: Number(port), path, agent: false }, (response) => resolve(text(response))).on(
        'error',
        reject,
      );
    });
  await app.line(new RegExp(`served by process ${app.pid}`));
  await until(
    async () => {
      const samples = await fleet.scrape();
      return value(samples, 'pitot_processes', { pitot_process_state: 'live' }) === 4 || undefined;
    },
    { what: 'three workers and the primary' },
  );
  const pids = new Set<string>();
  for (let i = 0; i < 30; i++) pids.add(await ask('/'));
  assert.ok(pids.size > 1, 'several workers answered');
  assert.equal(sumOf(await fleet.scrape(), 'jobs_total', { kind: 'a' }), 30);
  await ask('/exit');
  // Until its place is taken, the primary may still hand connections to the worker that is ending.
  await until(
    async () => {
      const samples = await fleet.scrape();
      const inState = (state: string) => value(samples, 'pitot_processes', { pitot_process_state: state });
      return (inState('ended') === 1 && inState('live') === 4) || undefined;
    },
    { what: 'the end of a worker to be seen, and another in its place' },
  );
  for (let i = 0; i < 9; i++) await ask('/');
  assert.equal(sumOf(await fleet.scrape(), 'jobs_total', { kind: 'a' }), 40);
});

test('a process that child_process.fork starts is a follower', async (t) => {
  const fleet = await createFleet(t);
  await joined(await fleet.start({ args: ['test/hub/processes/programs/forks.mjs'] }));
  await until(async () => sumOf(await fleet.scrape(), 'jobs_total', { kind: 'a' }) === 2 || undefined, {
    what: 'both processes',
  });
});
