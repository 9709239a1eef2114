import assert from 'node:assert/strict';
import { once } from 'node:events';
import { before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { DelayedError, Queue, Worker } from 'bullmq';
import { queue } from '../../../src/instruments.ts';
import { lifetimeOfSuite } from '../../harness/lifetime.ts';
import { skipWithout } from '../../harness/programs.ts';
import { startRedis } from '../../harness/redis.ts';
import { until } from '../../harness/until.ts';
import { registerStockProvider } from './helpers/collected.ts';

const of = (name: string) => ({ 'messaging.system.name': 'bullmq', 'messaging.destination.name': name });

describe('BullMQ over a real Redis', { skip: skipWithout('redis-server') }, () => {
  const lifetime = lifetimeOfSuite();
  let connection: { host: string; port: number };
  const operation = (name: string, verb: string) => ({
    ...of(name),
    'messaging.operation.name': verb,
    'server.address': connection.host,
    'server.port': connection.port,
  });

  before(async () => {
    connection = { host: '127.0.0.1', port: (await startRedis(lifetime)).port };
  });

  /** A measured queue that ends with the suite, before its Redis does. */
  function startQueue(name: string): Queue {
    const started = queue.bullmq(new Queue(name, { connection }));
    lifetime.after(() => started.close());
    return started;
  }

  test('additions count, one by one and together', async () => {
    const collect = registerStockProvider();
    const mail = startQueue('added');
    assert.equal(queue.bullmq(mail), mail);
    const job = await mail.add('welcome', { to: 'ada' });
    assert.equal(job.name, 'welcome');
    await mail.add('welcome', { to: 'grace' });
    const jobs = await mail.addBulk([1, 2, 3].map((n) => ({ name: 'news', data: { n } })));
    assert.equal(jobs.length, 3);
    await assert.rejects(mail.add('bad', {}, { jobId: '0' }));
    const collected = await collect();
    assert.deepEqual(collected.sums('messaging.client.sent.messages'), [
      [operation('added', 'add'), 2],
      [operation('added', 'addBulk'), 3],
      [{ ...operation('added', 'add'), 'error.type': 'Error' }, 1],
    ]);
  });

  test('the depth is reported by state, until the queue is closed', async () => {
    const collect = registerStockProvider();
    const plain = new Queue('deep', { connection });
    for (let i = 0; i < 4; i++) await plain.add('welcome', {});
    await plain.add('later', {}, { delay: 60_000 });
    await plain.close();
    const mail = queue.bullmq(new Queue('deep', { connection }));
    const depths = async () =>
      Object.fromEntries(
        (await collect())
          .sums('queue.depth')
          .filter(([series]) => series['messaging.destination.name'] === 'deep')
          .map(([series, value]) => [series['queue.state'], value]),
      );
    await until(async () => ((await depths()).waiting === 4 ? true : undefined), {
      what: 'the depth',
      instead: async () => JSON.stringify(await depths()),
    });
    const { delayed, active, failed } = await depths();
    assert.deepEqual({ delayed, active, failed }, { delayed: 1, active: 0, failed: 0 });
    await mail.close();
  });

  test('what a worker processes is counted and timed by outcome, retries and all', async (t) => {
    const collect = registerStockProvider();
    const mail = startQueue('processed');
    for (let i = 0; i < 3; i++) await mail.add('good', {});
    await mail.add('bad', {}, { attempts: 3, backoff: 1 });
    const worker = queue.bullmq(
      new Worker(
        'processed',
        async (job) => {
          if (job.name === 'bad') throw new RangeError('too far');
        },
        { connection },
      ),
    );
    assert.equal(queue.bullmq(worker), worker);
    t.after(() => worker.close());
    const counts = async () => (await collect()).counts('messaging.process.duration');
    const done = async () => (await counts()).reduce((sum, [, count]) => sum + count, 0);
    await until(async () => ((await done()) === 6 ? true : undefined), {
      what: 'six attempts',
      instead: async () => JSON.stringify(await counts()),
    });
    const process = operation('processed', 'process');
    const outcomes = new Map((await counts()).map(([{ 'error.type': error }, count]) => [error, count]));
    assert.deepEqual(
      outcomes,
      new Map<unknown, number>([
        [undefined, 3],
        ['RangeError', 3],
      ]),
    );
    const collected = await collect();
    assert.deepEqual(collected.sums('messaging.client.consumed.messages'), [[process, 6]]);
    // A retry does not say since when it could have been processed.
    assert.deepEqual(collected.counts('queue.wait.duration'), [[of('processed'), 4]]);
  });

  test('the requested delay of a message is not waiting', async (t) => {
    const collect = registerStockProvider();
    const mail = startQueue('delayed');
    const job = await mail.add('later', {}, { delay: 60_000 });
    await pause(20);
    await job.promote();
    const worker = queue.bullmq(new Worker('delayed', async () => {}, { connection }));
    t.after(() => worker.close());
    await once(worker, 'completed');
    assert.deepEqual((await collect()).histograms('queue.wait.duration'), [
      [of('delayed'), { count: 1, sum: 0 }],
    ]);
  });

  test('a job that asks to be put off was consumed, and its processing did not end', async (t) => {
    const collect = registerStockProvider();
    const mail = startQueue('put-off');
    await mail.add('busy', {});
    let attempts = 0;
    const worker = queue.bullmq(
      new Worker(
        'put-off',
        async (job, token) => {
          attempts += 1;
          if (attempts > 1) return;
          await job.moveToDelayed(Date.now() + 1, token);
          throw new DelayedError();
        },
        { connection },
      ),
    );
    t.after(() => worker.close());
    await once(worker, 'completed');
    const collected = await collect();
    const process = operation('put-off', 'process');
    assert.deepEqual(collected.sums('messaging.client.consumed.messages'), [[process, 2]]);
    assert.deepEqual(collected.counts('messaging.process.duration'), [[process, 1]]);
  });

  test('a measured queue and worker look like others', async (t) => {
    registerStockProvider();
    const mail = startQueue('looks');
    const worker = queue.bullmq(new Worker('looks', async () => {}, { connection }));
    t.after(() => worker.close());
    for (const method of ['add', 'addBulk', 'close']) {
      assert.equal(Object.keys(mail).includes(method), false, method);
    }
    assert.equal(Object.keys(worker).includes('emit'), false);
    assert.deepEqual([mail.add.name, mail.add.length], ['add', Queue.prototype.add.length]);
    assert.deepEqual(
      ['active', 'completed', 'failed'].map((event) => worker.listenerCount(event)),
      [0, 0, 0],
    );
  });
});
