import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StallReport } from '../../harness/stalling-service.ts';
import { until } from '../../harness/until.ts';
import { createFleet, joined } from './helpers/fleet.ts';

test('/stalls has the stalls of all processes of a service, each with its process, also after the end of one', async (t) => {
  const fleet = await createFleet(t, { PITOT_STALL_THRESHOLD: '500' });
  const start = async () => joined(await fleet.start({ args: ['test/e2e/fixtures/stalls.mjs'] }));
  const leader = await start();
  const follower = await start();
  const explained = (count: number) =>
    until(
      async () => {
        const response = await fetch(`http://127.0.0.1:${fleet.port}/stalls`);
        const report = (await response.json()) as StallReport;
        const found = report.stalls.filter(({ isOver, cause }) => isOver && cause !== undefined);
        return found.length === count ? { ...report, stalls: found } : undefined;
      },
      { what: `${count} stalls with their causes` },
    );

  await follower.ask('/loop');
  const first = await explained(1);
  assert.equal(first.pid, leader.pid);
  assert.deepEqual(
    first.stalls.map(({ pid, cause }) => [pid, cause?.function]),
    [[follower.pid, 'sumUp']],
  );

  await leader.ask('/regexp');
  follower.signal('SIGKILL');
  await follower.ended();
  const both = await explained(2);
  assert.deepEqual(
    both.stalls.map(({ pid, cause }) => [pid, cause?.function]),
    [
      [leader.pid, 'checkName'],
      [follower.pid, 'sumUp'],
    ],
  );
});

test('the next leader has the stalls of processes that have ended, the leader before it among them', async (t) => {
  const fleet = await createFleet(t, { PITOT_STALL_THRESHOLD: '500' });
  const start = async () => joined(await fleet.start({ args: ['test/e2e/fixtures/stalls.mjs'] }));
  const leader = await start();
  const follower = await start();
  const next = await start();
  /** The processes and functions of the stalls that the process reports, once there are so many. */
  const reported = (count: number, by: number) =>
    until(
      async () => {
        const response = await fetch(`http://127.0.0.1:${fleet.port}/stalls`).catch(() => undefined);
        const report = response && ((await response.json()) as StallReport);
        const found = report?.stalls.filter(({ isOver, cause }) => isOver && cause !== undefined) ?? [];
        return report?.pid === by && found.length === count
          ? found.map(({ pid, cause }) => [pid, cause?.function])
          : undefined;
      },
      { what: `${count} stalls from process ${by}` },
    );

  await follower.ask('/loop');
  await reported(1, leader.pid);
  follower.signal('SIGKILL');
  await follower.ended();
  await leader.ask('/regexp');
  const both = await reported(2, leader.pid);
  assert.deepEqual(both, [
    [leader.pid, 'checkName'],
    [follower.pid, 'sumUp'],
  ]);
  // Its numbers are in a copy once they are scraped.
  await fleet.scrape();
  leader.signal('SIGKILL');
  await leader.ended();
  assert.deepEqual(await reported(2, next.pid), both);
});
