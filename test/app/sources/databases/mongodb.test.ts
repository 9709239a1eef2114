import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import type Mongodb from 'mongodb';
import type { Document } from 'mongodb';
import { mongodb as source } from '../../../../src/app/sources/databases/sources.ts';
import { database } from '../../../../src/instruments.ts';
import { startScriptedMongodb } from '../../../harness/scripted-mongodb.ts';
import { until } from '../../../harness/until.ts';
import { failure, measure, require } from './helpers/measured.ts';

const measured = measure(source);
const { MongoClient }: typeof Mongodb = require('mongodb');

let answer = () => {};

/** A database of three users, where the one with the id 3 is there already. */
function script(command: Document): Document {
  const cursor = { ns: 'shop.users', id: 0n };
  switch (Object.keys(command)[0]) {
    case 'insert':
      if (command.documents.every(({ _id }: Document) => _id !== 3))
        return { ok: 1, n: command.documents.length };
      return { ok: 1, n: 0, writeErrors: [{ index: 0, code: 11000, errmsg: 'E11000 duplicate key' }] };
    case 'find':
      return { ok: 1, cursor: { ...cursor, id: 7n, firstBatch: [{ _id: 1 }, { _id: 2 }] } };
    case 'getMore':
      return { ok: 1, cursor: { ...cursor, nextBatch: [{ _id: 3 }] } };
    case 'aggregate':
      return { ok: 1, cursor: { ...cursor, firstBatch: [{ n: 3 }] } };
    case 'distinct':
      if (command.distinct === 'users') return { ok: 1, values: [1, 2, 3] };
      return { ok: 0, code: 26, codeName: 'NamespaceNotFound', errmsg: 'ns not found' };
    case 'hang':
      answer();
      throw new Error('no answer');
    default:
      return { ok: 1 };
  }
}

const server = await startScriptedMongodb({ after }, script);
const client = new MongoClient(`mongodb://127.0.0.1:${server.port}/shop`, {
  maxPoolSize: 4,
  retryReads: false,
  retryWrites: false,
  serverSelectionTimeoutMS: 500,
  heartbeatFrequencyMS: 500,
});
await client.connect();
after(() => client.close());
afterEach(() => measured.counted());

test('operations have their command and collection, and error.type is the code of MongoDB', async () => {
  const users = client.db().collection<{ _id: number }>('users');
  for (const _id of [10, 11, 12, 13]) await users.insertOne({ _id });
  await users.insertMany([{ _id: 20 }, { _id: 21 }]);
  await assert.rejects(users.insertOne({ _id: 3 }), { code: 11000 });
  assert.equal((await users.find().toArray()).length, 3);
  assert.equal(await users.countDocuments(), 3);
  assert.deepEqual(await users.distinct('_id'), [1, 2, 3]);
  await assert.rejects(client.db().collection('nobody').distinct('_id'), { code: 26 });
  await client.db().command({ ping: 1 });
  await measured.expect([
    { operation: 'insert', collection: 'users', count: 5 },
    { operation: 'insert', collection: 'users', error: '11000', count: 1 },
    { operation: 'find', collection: 'users', count: 1 },
    { operation: 'getMore', collection: 'users', count: 1 },
    { operation: 'aggregate', collection: 'users', count: 1 },
    { operation: 'distinct', collection: 'users', count: 1 },
    { operation: 'distinct', collection: 'nobody', error: '26', count: 1 },
    { operation: 'ping', count: 1 },
  ]);
  assert.deepEqual(await measured.statusCodes(), { 26: '26', 11000: '11000' });
  assert.deepEqual(await measured.common(), {
    'db.system.name': 'mongodb',
    'db.namespace': 'shop',
    'server.address': '127.0.0.1',
    'server.port': server.port,
  });
});

test('operations inside a manually measured one are not counted', async () => {
  const users = client.db().collection('users');
  await database.operation({ system: 'mongodb', operation: 'report' }, async () => {
    await users.countDocuments();
    await users.find().toArray();
  });
  await users.countDocuments();
  await measured.expect([
    { operation: 'report', count: 1 },
    { operation: 'aggregate', collection: 'users', count: 1 },
  ]);
});

test('the pool of a server reports its connections', async () => {
  const name = `127.0.0.1:${server.port}`;
  assert.deepEqual(await measured.pool('limit'), { [name]: 4 });
  assert.deepEqual(await measured.pool('count'), { [`${name} used`]: 0, [`${name} idle`]: 1 });
  assert.deepEqual(await measured.pool('pending_requests'), { [name]: 0 });
});

test('operations fail with their error.type while the server is away, and succeed when it is back', async () => {
  const users = client.db().collection('users');
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const cut = failure(client.db().command({ hang: 1 }));
  await asked;
  await server.kill();
  const lost = await cut;
  const types = new Set<unknown>();
  for (let i = 0; i < 3; i++) types.add(await failure(users.countDocuments()));
  assert.deepEqual([...types], ['MongoServerSelectionError']);
  await server.start();
  await until(
    () =>
      users.countDocuments().then(
        () => true,
        () => undefined,
      ),
    { what: 'the server' },
  );
  const counted = await measured.counted();
  assert.deepEqual(
    counted.filter(({ error }) => error !== undefined && error !== 'MongoServerSelectionError'),
    [{ operation: 'hang', error: lost, count: 1 }],
  );
  const failed = counted.filter(({ error }) => error === 'MongoServerSelectionError');
  assert.ok(failed.length === 1 && Number(failed[0]?.count) >= 3, JSON.stringify(failed));
  assert.ok(counted.some(({ operation, error }) => operation === 'aggregate' && error === undefined));
});

test('a stopped source counts nothing', async () => {
  measured.stop();
  await client.db().command({ ping: 1 });
  await measured.expect([]);
});
