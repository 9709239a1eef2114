import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../harness/until.ts';
import { createFleet, discoveryOf, joined } from './helpers/fleet.ts';
import { diffOf, helloOf, peerOn } from './helpers/peer.ts';

interface Received {
  readonly type: string;
  readonly copy?: unknown;
  readonly entry?: { readonly process: { readonly id: string } };
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
  const ofLeader = () => received('entry').filter(({ entry }) => entry?.process.id !== 'replica').length;
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
