import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Connection } from '../../../src/hub/processes/connection.ts';
import { type Dialect, ownDialect } from '../../../src/hub/processes/dialect.ts';
import type { Answer, Hello } from '../../../src/hub/processes/messages.ts';
import { startOtlpReceiver } from '../../harness/otlp-receiver.ts';
import { value } from '../../harness/samples.ts';
import { until } from '../../harness/until.ts';
import { createFleet, discoveryOf, joined, sumOf } from './helpers/fleet.ts';

const isRoot = process.getuid?.() === 0;
const canHideDirectories = spawnSync('unshare', ['-m', 'true']).status === 0;

test('another service on the same port is one error that names both and the setting, and forwarding still works', async (t) => {
  const fleet = await createFleet(t);
  const receiver = await startOtlpReceiver(t);
  await joined(await fleet.start());
  const other = await fleet.start({
    env: {
      OTEL_SERVICE_NAME: 'billing',
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    },
  });
  await other.line(/no endpoint/);
  await other.ask('/add?n=4');
  await until(() => receiver.latest('jobs')?.points[0]?.value === 4 || undefined, {
    what: 'what is forwarded',
  });
  const errors = other.stderr.split('\n').filter((line) => line.startsWith('pitot: error'));
  assert.equal(errors.length, 1, other.stderr);
  assert.match(errors[0] ?? '', /'fleet'.*'billing'.*OTEL_EXPORTER_PROMETHEUS_PORT/);
  assert.equal(sumOf(await fleet.scrape(), 'jobs_total'), 0);
  assert.equal(value(await fleet.scrape(), 'pitot_processes', { pitot_process_state: 'live' }), 1);
});

test('a process that could not be served takes over within two seconds of the port becoming free', async (t) => {
  const fleet = await createFleet(t);
  const squatter = createServer().listen(fleet.port, '127.0.0.1');
  t.after(() => squatter.close());
  const app = await fleet.start();
  await app.line(/error: .*in use, and no process of service 'fleet' answers/);
  await app.ask('/add?n=3');
  squatter.close();
  const samples = await until(() => fleet.scrape().catch(() => undefined), {
    what: 'the endpoint',
    timeout: 2000,
  });
  assert.equal(value(samples, 'jobs_total'), 3);
});

const FUTURE: Dialect = { ...ownDialect(), protocol: 9, oldestProtocol: 8, release: '9.0.0' };

test('a follower whose release does not understand the leader is refused, and is not served', async (t) => {
  const fleet = await createFleet(t);
  await joined(await fleet.start());
  const socket = await discoveryOf(fleet).connect();
  assert.ok(socket !== undefined);
  const answer = Promise.withResolvers<Answer>();
  const connection = new Connection<Hello>(
    socket,
    (message) => answer.resolve(message as Answer),
    () => {},
  );
  connection.send({
    speaks: FUTURE,
    service: { name: 'fleet', namespace: '' },
    process: { id: 'other', pid: process.pid, started: '', attributes: {} },
  });
  const refusal = await answer.promise;
  assert.ok(refusal.type === 'refused');
  assert.deepEqual([refusal.reason, refusal.speaks], ['protocol', ownDialect()]);
  assert.equal(value(await fleet.scrape(), 'pitot_processes', { pitot_process_state: 'live' }), 1);
});

test('a process that its leader does not understand says so in one line that names both releases', async (t) => {
  const fleet = await createFleet(t);
  const port = createServer().listen(fleet.port, '127.0.0.1');
  t.after(() => port.close());
  const { directories, name } = discoveryOf(fleet);
  const address = join(String(directories[0]), `${name}.${process.pid}.sock`);
  const leader = createServer((socket) => {
    const connection: Connection<Answer> = new Connection(
      socket,
      (hello) => {
        const { service } = hello as Hello;
        connection.send({ type: 'refused', reason: 'protocol', speaks: FUTURE, service, pid: 77 });
        connection.end();
      },
      () => {},
    );
  }).listen(address);
  t.after(() => leader.close());
  const app = await fleet.start();
  const [line] = await app.line(/error: .*/);
  assert.match(
    line,
    /process 77.*pitot 9\.0\.0 \(protocol 9, understands 8 and later; .*this process runs pitot .*\(protocol 1;/,
  );
  assert.match(line, /Run the same release of pitot in all processes/);
  await app.ask('/add');
  assert.equal(app.stderr.match(/^pitot: error/gm)?.length, 1);
});

test('sockets of killed leaders are removed by the next one, and its own when it ends', async (t) => {
  const fleet = await createFleet(t);
  const { directories, name } = discoveryOf(fleet);
  const sockets = async () =>
    (await Promise.all(directories.map((directory) => readdir(directory))))
      .flat()
      .filter((file) => file.startsWith(name));
  for (let i = 0; i < 2; i++) {
    const first = await joined(await fleet.start());
    const second = await joined(await fleet.start());
    await second.ask('/add?n=1');
    assert.equal(value(await fleet.scrape(), 'jobs_total'), 1);
    // In this order, because the second would lead for a moment.
    await second.kill();
    await first.kill();
    assert.equal(
      (await sockets()).length,
      directories.length,
      'one for each directory, of the killed leader',
    );
  }
  const last = await joined(await fleet.start());
  await until(async () => (await sockets()).every((file) => file.includes(`.${last.pid}.`)) || undefined, {
    what: 'those of the dead to be removed',
  });
  await last.ask('/exit?n=0');
  await last.ended();
  assert.deepEqual(await sockets(), []);
});

test('the leader ignores garbage on its socket', async (t) => {
  const fleet = await createFleet(t);
  const leader = await joined(await fleet.start());
  await leader.ask('/add?n=2');
  const discovery = discoveryOf(fleet);
  for (const garbage of [
    'GET / HTTP/1.1\r\n\r\n',
    Buffer.from([255, 255, 255, 255, 0]),
    Buffer.from([2, 0, 0, 0, 123, 125]),
  ]) {
    const socket = await discovery.connect();
    assert.ok(socket !== undefined);
    socket.on('error', () => {});
    socket.write(garbage);
    await new Promise((resolve) => socket.on('close', resolve).resume());
  }
  assert.equal(value(await fleet.scrape(), 'jobs_total'), 2);
  assert.doesNotMatch(leader.stderr, /^pitot: error/m);
});

test('processes meet although their environments have no directory in common', async (t) => {
  const fleet = await createFleet(t);
  for (const name of ['one', 'other']) {
    const folder = await mkdtemp(join(tmpdir(), `pitot-${name}-`));
    t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
    const env = { XDG_RUNTIME_DIR: folder, TMPDIR: folder, XDG_CACHE_HOME: folder, HOME: folder };
    await (await joined(await fleet.start({ env }))).ask('/add?n=1');
  }
  assert.equal(value(await fleet.scrape(), 'jobs_total'), 2);
});

test('processes that cannot meet say where they looked, and that the port may be of their own service', {
  skip: !canHideDirectories && 'needs unshare(1) and the right to hide a directory',
}, async (t) => {
  const nowhere = { XDG_RUNTIME_DIR: '/dev/null/a', TMPDIR: '/dev/null/b', XDG_CACHE_HOME: '/dev/null/c' };
  const fleet = await createFleet(t, nowhere);
  const first = await joined(await fleet.start());
  await first.ask('/add?n=2');
  const folder = await mkdtemp(join(tmpdir(), 'pitot-alone-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const env = { ...fleet.env, XDG_RUNTIME_DIR: folder };
  // The directory that all processes of a user try, whatever their environments.
  const hidden = `/tmp/pitot-${process.getuid?.()}`;
  const node = [
    process.execPath,
    '--import',
    './src/instrumentation.ts',
    'test/hub/processes/programs/counting.mjs',
  ];
  const other = spawn(
    'unshare',
    ['-m', 'sh', '-c', 'mount -t tmpfs -o ro tmpfs "$0" && exec "$@"', hidden, ...node],
    {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  t.after(() => other.kill('SIGKILL'));
  let stderr = '';
  other.stderr.on('data', (data: Buffer) => {
    stderr += String(data);
  });
  const line = await until(async () => /error: .*/.exec(stderr)?.[0], { what: 'the error' });
  assert.match(line, /in use, and no process of service 'fleet' answers in /);
  assert.ok(line.includes(join(folder, 'pitot')), line);
  assert.ok(line.includes(`${hidden} can be entered by others than its owner; `), line);
  assert.match(line, /If another program has the port.*same XDG_RUNTIME_DIR/);
  assert.equal(value(await fleet.scrape(), 'jobs_total'), 2);
});

test('with a missing or read-only temporary directory processes meet in the next one that can be used', async (t) => {
  const cache = await mkdtemp(join(tmpdir(), 'pitot-cache-'));
  t.after(() => rm(cache, { recursive: true, force: true }));
  const fleet = await createFleet(t, { XDG_RUNTIME_DIR: '/nowhere', TMPDIR: '/proc', XDG_CACHE_HOME: cache });
  for (let i = 0; i < 2; i++) await (await joined(await fleet.start())).ask('/add?n=1');
  assert.equal(value(await fleet.scrape(), 'jobs_total'), 2);
});

test('a full disk costs processes a meeting place and nothing else', {
  skip: !isRoot && 'needs root, to mount a small disk',
}, async (t) => {
  const disk = await mkdtemp(join(tmpdir(), 'pitot-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k,nr_inodes=2,mode=0700', 'tmpfs', disk], {
      stdio: 'ignore',
    });
  } catch {
    t.skip('no disk can be mounted here');
    return;
  }
  t.after(() => {
    execFileSync('umount', ['-l', disk]);
  });
  await mkdir(join(disk, 'pitot'), { mode: 0o700 });
  const fleet = await createFleet(t, { XDG_RUNTIME_DIR: disk });
  for (let i = 0; i < 2; i++) await (await joined(await fleet.start())).ask('/add?n=1');
  assert.equal(value(await fleet.scrape(), 'jobs_total'), 2);
});

const SQUATS = [
  'a directory of another user',
  'a directory that others may enter',
  'a link',
  'a file',
] as const;

/** Puts something under the name of our directory. */
async function squatAt(path: string, squat: (typeof SQUATS)[number]): Promise<void> {
  if (squat === 'a link') return symlink('/tmp', path);
  if (squat === 'a file') return writeFile(path, '');
  await mkdir(path, { mode: 0o700 });
  if (squat === 'a directory that others may enter') await chmod(path, 0o755);
  else await chown(path, 65_534, 65_534);
}

for (const squat of SQUATS) {
  test(`${squat} under the name of ours is not trusted`, {
    skip: squat.includes('user') && !isRoot && 'needs root, to be another user',
  }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'pitot-squat-'));
    t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
    const path = join(folder, 'pitot');
    await squatAt(path, squat);
    const discovery = discoveryOf(await createFleet(t, { XDG_RUNTIME_DIR: folder }));
    assert.ok(!discovery.directories.includes(path));
    assert.match(
      discovery.faults[0] ?? '',
      /belongs to another user|can be entered by others|not a directory/,
    );
  });
}

test('processes meet in the next directory where one is not trusted', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-squat-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  await squatAt(join(folder, 'pitot'), 'a directory that others may enter');
  const fleet = await createFleet(t, { XDG_RUNTIME_DIR: folder, XDG_CACHE_HOME: folder });
  for (let i = 0; i < 2; i++)
    await (await joined(await fleet.start({ env: { TMPDIR: folder } }))).ask('/add?n=1');
  assert.equal(value(await fleet.scrape(), 'jobs_total'), 2);
});
