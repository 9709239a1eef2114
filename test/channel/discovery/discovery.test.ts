import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { createServer, Server, type Socket } from 'node:net';
import os from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Discovery } from '../../../src/channel/discovery/discovery.ts';

const ENDPOINT = { host: 'localhost', port: 9464, platform: process.platform } as const;

/** An empty directory of this name's own. */
function directory(t: TestContext, name = 'discovery'): string {
  const path = mkdtempSync(join(os.tmpdir(), `pitot-${name}-`));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Discovery that uses directories of the test alone. */
function start(t: TestContext, { runtime = directory(t), fixed = directory(t) } = {}) {
  const env = { XDG_RUNTIME_DIR: runtime, TMPDIR: runtime, XDG_CACHE_HOME: join(runtime, 'cache') };
  return { runtime, discovery: new Discovery({ ...ENDPOINT, env, fixedDirectory: fixed }) };
}

/** Accepts connections that say what they are told, and closes everything at the end of the test. */
function listener(t: TestContext) {
  const sockets: Socket[] = [];
  const servers = new Set<Server>();
  const listen = Server.prototype.listen;
  t.mock.method(Server.prototype, 'listen', function (this: Server, ...given: Parameters<typeof listen>) {
    servers.add(this);
    return Reflect.apply(listen, this, given);
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });
  const accept = (socket: Socket) => void sockets.push(socket.on('data', (data) => socket.write(data)));
  return { sockets, servers, accept };
}

test('a user without a name, as in a container, can be discovered like any other', (t) => {
  t.mock.method(os, 'userInfo', () => {
    throw new Error('uv_os_get_passwd returned ENOENT');
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const { runtime, discovery } = start(t);
  assert.equal(discovery.directories[0], join(runtime, 'pitot'), discovery.faults.join());
});

test('processes whose environments have nothing in common meet in the directory that no environment chooses', async (t) => {
  const { accept, sockets } = listener(t);
  const fixed = directory(t);
  const { discovery: leader } = start(t, { fixed });
  const { discovery: follower } = start(t, { fixed });
  await leader.listen(accept);
  const socket = await follower.connect();
  assert.ok(socket !== undefined);
  sockets.push(socket);
  const common = leader.directories.filter((path) => follower.directories.includes(path));
  assert.deepEqual(common, [join(fixed, `pitot-${process.geteuid?.()}`)]);
});

test('a leader whose socket a clean-up removed is found again, and keeps its connections', async (t) => {
  const { accept, sockets, servers } = listener(t);
  const { runtime, discovery } = start(t);
  await discovery.listen(accept);
  const before = await discovery.connect();
  assert.ok(before !== undefined);
  sockets.push(before);
  const count = servers.size;
  await discovery.maintain();
  assert.equal(servers.size, count, 'nothing is to be done while the sockets are there');

  for (const path of discovery.directories) rmSync(path, { recursive: true });
  assert.equal(existsSync(join(runtime, 'pitot')), false);
  await discovery.maintain();
  const after = await discovery.connect();
  assert.ok(after !== undefined);
  sockets.push(after);
  for (const socket of [before, after]) {
    socket.write('still there');
    assert.equal(String(await once(socket, 'data')), 'still there');
  }
});

test('sockets of dead leaders are removed, those of live ones and other files stay', async (t) => {
  const { accept } = listener(t);
  const { runtime, discovery } = start(t);
  await discovery.listen(accept);
  const folder = join(runtime, 'pitot');
  const [own] = readdirSync(folder);
  const live = createServer().listen(join(folder, '0123456789abcdef.1.sock'));
  await once(live, 'listening');
  // A server removes its socket when it closes; under another name the socket stays, as that of a killed process does.
  const dead = createServer().listen(join(folder, 'bound'));
  await once(dead, 'listening');
  renameSync(join(folder, 'bound'), join(folder, 'fedcba9876543210.2.sock'));
  dead.close();
  writeFileSync(join(folder, 'notes'), '');
  await discovery.removeStale();
  assert.deepEqual(readdirSync(folder).sort(), ['0123456789abcdef.1.sock', String(own), 'notes'].sort());
  discovery.withdraw();
  assert.equal(existsSync(join(folder, String(own))), false);
  live.close();
});
