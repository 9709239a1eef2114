import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { isAutomaticPipeline } from '../../../src/app/foreign/ioredis-pipeline.ts';

test('a pipeline that ioredis made itself is recognised, and one of the application is not', async (t) => {
  const server = createServer((socket) => {
    // One reply for each command, which is an array of the protocol.
    socket.on('data', (data) => {
      socket.write('+OK\r\n'.repeat(String(data).match(/^\*\d+\r$/gm)?.length ?? 0));
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const redis = new Redis({ port: address.port, enableAutoPipelining: true, enableReadyCheck: false });
  t.after(() => redis.disconnect());
  await once(redis, 'ready');

  const seen: boolean[] = [];
  const { prototype } = redis.pipeline().constructor;
  const { exec } = prototype;
  t.mock.method(prototype, 'exec', function (this: object, ...args: unknown[]) {
    seen.push(isAutomaticPipeline(this));
    return Reflect.apply(exec, this, args);
  });
  assert.equal(await redis.get('key'), 'OK');
  await redis.pipeline().get('key').exec();
  assert.deepEqual(seen, [true, false]);
});
