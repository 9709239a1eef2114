import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Followers } from '../../../src/hub/processes/followers.ts';
import { ReplicatedLog } from '../../../src/hub/processes/replicated-log.ts';
import { until } from '../../harness/until.ts';
import { helloOf, peerOn } from './helpers/peer.ts';

const MAX_BACKLOG_BYTES = 2 ** 20;
/** As long as an id may be, so that few processes make a large membership. */
const ID = 'x'.repeat(4_000);

test('a follower that reads nothing costs the leader a bounded amount, and then learns who is there', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pitot-stopped-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'leader.sock');
  const followers = new Followers({
    service: { name: 'fleet', namespace: '' },
    process: { id: 'leader', pid: process.pid, started: '', attributes: {} },
    endpoint: { url: '', port: 1 },
    log: new ReplicatedLog(),
    changed: () => {},
    saveLog: () => {},
  });
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    followers.accept(socket);
  }).listen(path);
  await once(server, 'listening');
  const joinAs = async (id: string) => {
    const socket = connect(path);
    t.after(() => void socket.destroy());
    const peer = peerOn(socket);
    peer.send(helloOf(id));
    peer.send({ type: 'log', copy: undefined });
    await until(() => followers.hasReported(id) || undefined, { what: `the report of ${id.slice(-10)}` });
    return { socket, peer };
  };
  t.after(() => server.close());

  const stopped = await joinAs('stopped');
  stopped.socket.pause();
  for (let n = 0; n < 150; n++) {
    const { socket, peer } = await joinAs(`${ID}${n}`);
    if (n >= 10) socket.end();
    if (n >= 10) await peer.closed;
  }
  const backlog = accepted[0]?.writableLength ?? 0;
  assert.ok(backlog > MAX_BACKLOG_BYTES, `${backlog} bytes wait`);
  assert.ok(backlog < 1.5 * MAX_BACKLOG_BYTES, `${backlog} bytes wait`);

  await joinAs('last');
  stopped.socket.resume();
  await until(
    () => {
      followers.maintain();
      return JSON.stringify(stopped.peer.received.at(-1)).includes('"last"') || undefined;
    },
    { what: 'the latest membership' },
  );
});
