import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Server, type Socket } from 'node:net';
import os from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Discovery } from '../../src/channel/discovery.ts';

/** A place to meet in a directory of its own. */
function start(t: TestContext) {
  const directory = mkdtempSync(join(os.tmpdir(), 'pitot-discovery-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const options = { host: 'localhost', port: 9464, platform: process.platform } as const;
  return { directory, discovery: new Discovery({ ...options, env: { XDG_RUNTIME_DIR: directory } }) };
}

test('a user whom the system has no name for, as a container has them, can meet like any other', (t) => {
  t.mock.method(os, 'userInfo', () => {
    throw new Error('uv_os_get_passwd returned ENOENT');
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const { directory, discovery } = start(t);
  assert.equal(discovery.addresses[0]?.startsWith(join(directory, 'pitot')), true, discovery.faults.join());
});

test('a leader whose socket somebody has cleared away is found again, and keeps those who had found it', async (t) => {
  const { directory, discovery } = start(t);
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    // The test is over, and so is the leader: what listens is no reason to go on.
    for (const server of servers) server.unref();
  });
  const servers = new Set<Server>();
  const listen = Server.prototype.listen;
  t.mock.method(Server.prototype, 'listen', function (this: Server, ...given: Parameters<typeof listen>) {
    servers.add(this);
    return Reflect.apply(listen, this, given);
  });
  await discovery.listen((socket) => void sockets.push(socket.on('data', (data) => socket.write(data))));
  const before = await discovery.connect();
  assert.ok(before !== undefined);
  sockets.push(before);
  await discovery.maintain();
  assert.equal(servers.size, 1, 'nothing is to be done while the socket is there');

  rmSync(join(directory, 'pitot'), { recursive: true });
  await discovery.maintain();
  const after = await discovery.connect();
  assert.ok(after !== undefined);
  sockets.push(after);
  for (const socket of [before, after]) {
    socket.write('still there');
    assert.equal(String(await once(socket, 'data')), 'still there');
  }
});
