import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { value } from '../../harness/samples.ts';
import { until } from '../../harness/until.ts';
import { createFleet, discoveryOf, type Fleet, joined, sumOf } from './helpers/fleet.ts';
import { diffOf, helloOf, lengthOf, peerOn, sendBytes } from './helpers/peer.ts';

test('a process that sends nonsense is cut off with one warning, however it does so, and scrapes go on', async (t) => {
  const fleet = await createFleet(t);
  const leader = await joined(await fleet.start());
  await leader.ask('/add?n=2');
  const open = () => connectTo(fleet);
  const whole = { type: 'state', isWhole: true, diff: diffOf(5) };
  const copy = { epoch: 0, entries: 0, totals: diffOf(7), ended: [], endedCount: 0, processes: [] };
  const attacks: Readonly<Record<string, readonly unknown[]>> = {
    'no diff': [helloOf('bad'), whole, { type: 'state', isWhole: false, diff: null }],
    'a change before the whole': [helloOf('bad'), { ...whole, isWhole: false }],
    'the log twice': [helloOf('bad'), whole, { type: 'log', copy: undefined }, { type: 'log', copy }],
    'a second hello': [helloOf('bad'), helloOf('bad')],
    'no hello': [whole],
  };
  for (const [name, attack] of Object.entries(attacks)) {
    const peer = peerOn(await open());
    for (const message of attack) peer.send(message);
    await peer.closed;
    assert.equal(value(await fleet.scrape(), 'jobs_total', { kind: 'a' }), 7, name);
  }
  assert.equal(leader.stderr.match(/^pitot: warning.*was cut off/gm)?.length, 1, leader.stderr);
  assert.doesNotMatch(leader.stderr, /^pitot: error/m);

  const peer = peerOn(await open());
  peer.send(helloOf('bad'));
  peer.send(whole);
  await until(() => peer.received.length > 0 || undefined, { what: 'the welcome' });
  assert.equal(
    sumOf(await fleet.scrape(), 'jobs_total', { kind: 'a' }),
    7,
    'it may come back, with all it has',
  );
});

test('a giant message costs its sender the connection, and the service nothing', async (t) => {
  const fleet = await createFleet(t);
  const leader = await joined(await fleet.start());
  await leader.ask('/add?n=2');
  const open = () => connectTo(fleet);
  await sendBytes(await open(), Buffer.concat([lengthOf(2 ** 20 + 1), Buffer.alloc(1000)]));
  for (const bytes of [lengthOf(2 ** 28 + 1), Buffer.concat([lengthOf(2 ** 26), Buffer.alloc(2 ** 26)])]) {
    const socket = await open();
    const peer = peerOn(socket);
    peer.send(helloOf('bad'));
    peer.send({ type: 'state', isWhole: true, diff: diffOf(5) });
    socket.write(bytes);
    await peer.closed;
  }
  assert.equal(value(await fleet.scrape(), 'jobs_total', { kind: 'a' }), 7);
});

test('a process whose leader sends nonsense leaves it with one warning, and does not come back at full speed', async (t) => {
  const fleet = await createFleet(t);
  const port = createServer().listen(fleet.port, '127.0.0.1');
  t.after(() => port.close());
  const { directories, name } = discoveryOf(fleet);
  const address = join(String(directories[0]), `${name}.${process.pid}.sock`);
  let connections = 0;
  const leader = createServer((socket) => {
    connections++;
    const peer = peerOn(socket);
    peer.send({ type: 'welcome', protocol: 1, url: 'http://localhost/metrics', port: fleet.port, pid: 77 });
    peer.send({ type: 'membership', membership: null, epoch: 1 });
  }).listen(address);
  t.after(() => leader.close());
  const app = await fleet.start();
  const [line] = await app.line(/warning: .*/);
  assert.match(line, /what no release of pitot sends \(malformed message, at membership\)/);
  await app.ask('/add');
  await until(() => connections > 3 || undefined, { what: 'the process to come back' });
  const before = connections;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.ok(connections - before <= 5, `${connections - before} times in a second`);
  assert.equal(app.stderr.match(/^pitot: (?:warning|error)/gm)?.length, 1, app.stderr);
});

/** A connection to the leader, as a follower opens it. */
async function connectTo(fleet: Fleet): Promise<Socket> {
  const socket = await discoveryOf(fleet).connect();
  assert.ok(socket !== undefined);
  return socket;
}
