import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { program, skipWithout } from '../harness/programs.ts';
import { until } from '../harness/until.ts';
import { createFleet, joined, sumOf } from '../hub/processes/helpers/fleet.ts';

test('a process that has no file descriptor left when its leader dies serves the service once it has', {
  skip: skipWithout('prlimit'),
}, async (t) => {
  const fleet = await createFleet(t);
  const leader = await joined(await fleet.start());
  const follower = await joined(await fleet.start());
  for (const app of [leader, follower]) await app.ask('/add?n=2');
  await until(async () => sumOf(await fleet.scrape(), 'jobs_total', { kind: 'a' }) === 4 || undefined, {
    what: 'both processes',
  });
  const allow = (descriptors: number) =>
    execFileSync(program('prlimit'), ['--pid', String(follower.pid), `--nofile=${descriptors}:`]);
  // Fewer than are open already.
  allow(10);
  leader.signal('SIGKILL');
  await follower.line(/EMFILE.*pitot tries again every second/);
  allow(1024);
  const samples = await until(() => fleet.scrape().catch(() => undefined), { what: 'the follower to serve' });
  assert.equal(sumOf(samples, 'jobs_total', { kind: 'a' }), 4);
  // The socket for followers needs one as well.
  const next = await joined(await fleet.start());
  await next.ask('/add?n=3');
  await until(async () => sumOf(await fleet.scrape(), 'jobs_total', { kind: 'a' }) === 7 || undefined, {
    what: 'the new process',
  });
});
