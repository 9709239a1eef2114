import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../harness/until.ts';
import { createFleet, discoveryOf, joined } from './helpers/fleet.ts';
import { diffOf, helloOf, peerOn } from './helpers/peer.ts';

interface Received {
  readonly type: string;
  readonly copy?: unknown;
  readonly request?: number;
  readonly entry?: { readonly type: string; readonly process: { readonly id: string } | string };
}

function processOf(entry: Received['entry']): string | undefined {
  return typeof entry?.process === 'string' ? entry.process : entry?.process.id;
}

test('a replica keeps its copy of the log while it owes the answer to a collection', async (t) => {
  const fleet = await createFleet(t);
  const leader = await joined(await fleet.start());
  const socket = await discoveryOf(fleet).connect();
  assert.ok(socket !== undefined);
  t.after(() => void socket.destroy());
  const peer = peerOn(socket);
  const received = (type: string) =>
    (peer.received as readonly Received[]).filter((one) => one.type === type);
  peer.send(helloOf('replica'));
  peer.send({ type: 'state', isWhole: true, diff: diffOf(5) });
  peer.send({ type: 'log', copy: undefined });
  await until(() => received('replicate').length > 0 || undefined, { what: 'the copy of the log' });

  const scraped = fleet.scrape();
  await until(() => received('collect').length > 0 || undefined, { what: 'the collection' });
  const ofLeader = () => received('entry').filter(({ entry }) => processOf(entry) !== 'replica').length;
  const before = ofLeader();
  await until(
    () => {
      peer.send({ type: 'state', isWhole: true, diff: diffOf(5) });
      return ofLeader() >= before + 3 || undefined;
    },
    { what: "three entries, of the leader's work of every second" },
  );
  assert.equal(received('replicate').length, 1);
  assert.notEqual(received('replicate')[0]?.copy, undefined);
  await scraped;
  assert.doesNotMatch(leader.stderr, /was cut off/);
});

test('a replica gets each report of a collection once and in order, also of a process that ends meanwhile', async (t) => {
  const fleet = await createFleet(t);
  const leader = await joined(await fleet.start());
  const join = async (id: string) => {
    const socket = await discoveryOf(fleet).connect();
    assert.ok(socket !== undefined);
    t.after(() => void socket.destroy());
    const peer = peerOn(socket);
    peer.send(helloOf(id));
    peer.send({ type: 'state', isWhole: true, diff: diffOf(5) });
    peer.send({ type: 'log', copy: undefined });
    const received = (type: string) =>
      (peer.received as readonly Received[]).filter((one) => one.type === type);
    const first = (type: string) => until(() => received(type)[0], { what: type });
    return { send: peer.send, received, first };
  };
  const replica = await join('replica');
  await replica.first('replicate');
  const other = await join('other');
  const entriesOf = (id: string) =>
    replica
      .received('entry')
      .filter(({ entry }) => processOf(entry) === id)
      .map(({ entry }) => entry?.type);
  await until(() => entriesOf('other').length === 1 || undefined, { what: 'the first report' });

  const scraped = fleet.scrape();
  const { request } = await replica.first('collect');
  await other.first('collect');
  for (let i = 0; i < 3; i++) other.send({ type: 'state', isWhole: true, diff: diffOf(6 + i) });
  other.send({ type: 'state', isWhole: true, diff: diffOf(9), isFinal: true });
  await other.first('received');
  await until(() => entriesOf('other').length === 6 || undefined, { what: 'the end of the other process' });
  assert.deepEqual(entriesOf('other'), ['state', 'state', 'state', 'state', 'state', 'ended']);
  replica.send({ type: 'state', isWhole: true, diff: diffOf(5), answers: request });
  await scraped;
  await until(() => entriesOf('replica').length >= 1 || undefined, { what: 'its own report' });
  assert.doesNotMatch(leader.stderr, /was cut off/);
});
