import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { startChild } from '../harness/child.ts';
import type { Lifetime } from '../harness/lifetime.ts';
import { program, skipWithout } from '../harness/programs.ts';
import { value } from '../harness/samples.ts';
import { DOOR, inherited, REPOSITORY } from '../harness/service.ts';
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

/** Runs a program under pitot as another user, for whom nothing else runs, with this before it. */
function asOther(lifetime: Lifetime, before: string, script: string) {
  const user = ['--reuid', '54321', '--regid', '54321', '--clear-groups'];
  const command = [...user, '/bin/bash', '-c', `${before}; exec "$0" "$@"`, process.execPath, ...DOOR];
  return startChild(lifetime, program('setpriv'), {
    args: [...command, '-e', script],
    cwd: REPOSITORY,
    env: { ...inherited(), OTEL_EXPORTER_PROMETHEUS_PORT: '0', TMPDIR: '/tmp' },
  });
}

const notRoot = process.getuid?.() === 0 ? false : 'only root runs programs as another user';

test('the application runs however few threads its user may have', {
  skip: notRoot || skipWithout('setpriv'),
}, async (t) => {
  let served = 0;
  // Node.js itself takes seven.
  for (let threads = 7; threads <= 14; threads++) {
    const child = await asOther(
      t,
      `ulimit -c 0; ulimit -u ${threads}`,
      "process.stdin; setTimeout(() => console.log('works'), 1500)",
    );
    assert.deepEqual(await child.ended(30_000), { code: 0, signal: null }, `${threads}: ${child.stderr}`);
    assert.equal(child.stdout, 'works\n');
    if (/\/metrics/.test(child.stderr)) served++;
    else assert.match(child.stderr, /^pitot: error: the hub's thread failed/m);
  }
  assert.ok(served > 0);
});

const PIDS = '/sys/fs/cgroup/pids';

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

test('the application runs in a control group with few processes', {
  skip: notRoot || (writable(`${PIDS}/cgroup.procs`) ? skipWithout('setpriv') : 'no pids group to write to'),
}, async (t) => {
  const group = `${PIDS}/pitot-test-${process.pid}`;
  mkdirSync(group);
  t.after(() => until(() => removed(group), { what: 'the group to be empty' }));
  for (const threads of [7, 9, 11]) {
    writeFileSync(`${group}/pids.max`, String(threads));
    const child = await startChild(t, '/bin/bash', {
      args: [
        ...['-c', `ulimit -c 0; echo $$ > ${group}/cgroup.procs; exec "$0" "$@"`],
        ...[process.execPath, ...DOOR, '-e', "setTimeout(() => console.log('works'), 1500)"],
      ],
      cwd: REPOSITORY,
      env: { ...inherited(), OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
    });
    assert.deepEqual(await child.ended(30_000), { code: 0, signal: null }, `${threads}: ${child.stderr}`);
    assert.match(
      child.stderr,
      /^pitot: error: the hub's thread failed \((?:EAGAIN|it needs 5 threads, and \d are left)/m,
    );
  }
});

const MEMORY = '/sys/fs/cgroup/memory';

for (const role of ['leader', 'follower'] as const) {
  test(`a control group's limit on memory ends the ${role}, and the service keeps its counts`, {
    skip: writable(`${MEMORY}/cgroup.procs`) ? false : 'no memory group to write to',
  }, async (t) => {
    const group = `${MEMORY}/pitot-test-${process.pid}-${role}`;
    mkdirSync(group);
    t.after(() => until(() => removed(group), { what: 'the group to be empty' }));
    const fleet = await createFleet(t);
    const apps = { leader: await joined(await fleet.start()), follower: await joined(await fleet.start()) };
    for (const app of Object.values(apps)) await app.ask('/add?n=2');
    const served = (total: number, live: number) =>
      until(
        async () => {
          const samples = await fleet.scrape().catch(() => []);
          if (sumOf(samples, 'jobs_total', { kind: 'a' }) !== total) return undefined;
          return value(samples, 'pitot_processes', { pitot_process_state: 'live' }) === live || undefined;
        },
        { what: `a total of ${total} with ${live} live` },
      );
    await served(4, 2);
    const { [role]: ended } = apps;
    const other = role === 'leader' ? apps.follower : apps.leader;
    writeFileSync(`${group}/memory.limit_in_bytes`, String(64 * 2 ** 20));
    writeFileSync(`${group}/cgroup.procs`, String(ended.pid));
    await assert.rejects(ended.ask('/fill'));
    assert.deepEqual(await ended.ended(), { code: null, signal: 'SIGKILL' });
    await served(4, 1);
    await other.ask('/add?n=3');
    await served(7, 1);
  });
}

function removed(group: string): true | undefined {
  try {
    rmdirSync(group);
    return true;
  } catch {
    return undefined;
  }
}
