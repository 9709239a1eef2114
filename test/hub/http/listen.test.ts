import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { ListenError } from '../../../src/hub/http/listen.ts';
import { startServer } from '../../../src/hub/server.ts';
import { startChild } from '../../harness/child.ts';
import { program, skipWithout } from '../../harness/programs.ts';
import { DOOR, inherited, REPOSITORY } from '../../harness/service.ts';
import { ask, BODY, result, start } from './helpers/served.ts';

const ip6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

test('a port in use is an error that names it', async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  t.after(() => taken.close());
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : assert.fail();
  for (const host of ['127.0.0.1', 'localhost']) {
    await assert.rejects(startServer({ host, port, collect: async () => result() }), (error) => {
      assert.ok(error instanceof ListenError);
      assert.equal(error.message, `cannot listen on ${host}:${port}: the port is in use`);
      assert.deepEqual([error.code, error.host, error.port], ['EADDRINUSE', host, port]);
      return true;
    });
  }
});

test('an address that the machine does not have is an error that names it', async () => {
  await assert.rejects(startServer({ host: '192.0.2.1', port: 0, collect: async () => result() }), {
    name: 'ListenError',
    message: 'cannot listen on 192.0.2.1:0: this machine does not have the address',
  });
});

test('localhost is both loopback addresses on one port', { skip: ip6 ? false : 'no ::1 here' }, async (t) => {
  const server = await start(t, { host: 'localhost' });
  assert.equal(server.url, `http://localhost:${server.port}/metrics`);
  for (const host of ['127.0.0.1', '::1']) assert.equal((await ask(server.port, { host })).body, BODY);
});

test('where one of the loopback addresses is taken, nothing is left open', {
  skip: ip6 ? false : 'no ::1 here',
}, async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen({ port: 0, host: '::1' }, resolve));
  t.after(() => taken.close());
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : assert.fail();
  await assert.rejects(startServer({ host: 'localhost', port, collect: async () => result() }), ListenError);
  const other = await start(t, { port });
  assert.equal((await ask(other.port)).status, 200);
});

/** Prints the status of a scrape over IPv6, once the endpoint is there. */
const ONLY_IPV6 = `
  const ask = () => fetch('http://[::1]:9464/metrics').then(({ status }) => {
    console.log(status);
    process.exit();
  }, () => setTimeout(ask, 50));
  ask();
`;

test('where the machine has no 127.0.0.1, localhost is ::1', {
  skip: process.getuid?.() === 0 ? skipWithout('unshare', 'ip') : 'needs root, for a network of its own',
}, async (t) => {
  const script = `${program('ip')} link set lo up && ${program('ip')} addr del 127.0.0.1/8 dev lo && exec "$0" "$@"`;
  const child = await startChild(t, program('unshare'), {
    args: ['--net', '/bin/sh', '-c', script, process.execPath, ...DOOR, '-e', ONLY_IPV6],
    cwd: REPOSITORY,
    env: { ...inherited(), OTEL_EXPORTER_PROMETHEUS_PORT: '9464' },
  });
  assert.deepEqual(await child.ended(30_000), { code: 0, signal: null }, child.stderr);
  assert.equal(child.stdout, '200\n');
  assert.doesNotMatch(child.stderr, /^pitot: error/m);
});

test('an IPv6 address is bracketed in the URL', { skip: ip6 ? false : 'no ::1 here' }, async (t) => {
  const server = await start(t, { host: '::1' });
  assert.equal(server.url, `http://[::1]:${server.port}/metrics`);
  assert.equal((await ask(server.port, { host: '::1' })).body, BODY);
});
