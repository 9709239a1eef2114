import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import {
  isMeasuredManually,
  trackManualMeasurements,
} from '../../../src/app/instruments/manual-measurement.ts';
import { database } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

const SELECT = { 'db.system.name': 'sqlite', 'db.operation.name': 'SELECT', 'db.collection.name': 'users' };
const INSERT = { ...SELECT, 'db.operation.name': 'INSERT' };

function users(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)');
  return db;
}

test('operations on a real database are counted by operation, collection and error', async () => {
  const collect = registerStockProvider();
  const db = users();
  const insert = db.prepare('INSERT INTO users (id, name) VALUES (?, ?)');
  const add = (id: number, name: string) =>
    database.operation({ system: 'sqlite', operation: 'INSERT', collection: 'users' }, () =>
      insert.run(id, name),
    );
  for (let id = 0; id < 7; id++) assert.equal(add(id, `user ${id}`).changes, 1);
  assert.throws(() => add(3, 'again'), { code: 'ERR_SQLITE_ERROR', errcode: 1555 });

  const names = database.operation(
    { system: 'sqlite', operation: 'SELECT', collection: 'users' },
    (operation) => {
      const rows = db.prepare('SELECT name FROM users WHERE id < 5').all();
      operation.rows(rows.length);
      return rows.map(({ name }) => name);
    },
  );
  assert.deepEqual(names, ['user 0', 'user 1', 'user 2', 'user 3', 'user 4']);

  const collected = await collect();
  assert.deepEqual(
    collected
      .histograms('db.client.operation.duration')
      .map(([attributes, { count }]) => [attributes, count]),
    [
      [INSERT, 7],
      [{ ...INSERT, 'error.type': '1555', 'db.response.status_code': '1555' }, 1],
      [SELECT, 1],
    ],
  );
  assert.deepEqual(collected.histograms('db.client.response.returned_rows'), [
    [SELECT, { count: 1, sum: 5 }],
  ]);
});

test('instruments have the units, descriptions and boundaries of the semantic conventions', async () => {
  const collect = registerStockProvider();
  database.operation({ system: 'sqlite', operation: 'SELECT' }, (operation) => operation.rows(0));
  const collected = await collect();
  const { descriptor: duration, dataPoints } = collected.metric('db.client.operation.duration');
  assert.equal(duration.unit, 's');
  assert.equal(duration.description, 'Duration of database client operations.');
  assert.deepEqual(
    collected.boundaries('db.client.operation.duration'),
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  );
  assert.deepEqual(dataPoints[0]?.attributes, { 'db.system.name': 'sqlite', 'db.operation.name': 'SELECT' });
  const { descriptor: rows } = collected.metric('db.client.response.returned_rows');
  assert.equal(rows.unit, '{row}');
  assert.deepEqual(
    collected.boundaries('db.client.response.returned_rows'),
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000],
  );
});

test('rows of several pages add up, and an operation that tells none records none', async () => {
  const collect = registerStockProvider();
  const pages = database.operation({ system: 'mongodb', operation: 'find', collection: 'users' });
  pages.rows(100);
  pages.rows(17);
  pages.end();
  database.operation({ system: 'mongodb', operation: 'insert', collection: 'users' }, () => {});
  const rows = (await collect()).histograms('db.client.response.returned_rows');
  assert.deepEqual(
    rows.map(([, values]) => values),
    [{ count: 1, sum: 117 }],
  );
});

test('a namespace is an attribute when it is given', async () => {
  const collect = registerStockProvider();
  database.operation({ system: 'postgresql', operation: 'VACUUM', namespace: 'shop|public' }, () => {});
  const [series] = (await collect()).histograms('db.client.operation.duration');
  assert.deepEqual(series?.[0], {
    'db.system.name': 'postgresql',
    'db.operation.name': 'VACUUM',
    'db.namespace': 'shop|public',
  });
});

test('the text of a statement is never an attribute', async () => {
  const collect = registerStockProvider();
  const statements = [
    'SELECT * FROM users WHERE id = 5',
    "DELETE FROM users WHERE name = 'x'",
    'INSERT INTO users VALUES (1)',
    'select 1',
    'UPDATE users SET name=$1',
    'GET user:5',
    'GET user5',
  ];
  for (const text of statements) {
    database.operation({ system: text, operation: text, collection: text, namespace: text }, () => {});
  }
  const series = (await collect()).histograms('db.client.operation.duration');
  assert.deepEqual(
    series.map(([attributes, { count }]) => [attributes, count]),
    [
      [
        {
          'db.system.name': '_OTHER',
          'db.operation.name': '_OTHER',
          'db.collection.name': '_OTHER',
          'db.namespace': '_OTHER',
        },
        statements.length,
      ],
    ],
  );
});

test('names of operations with several words are kept', async () => {
  const collect = registerStockProvider();
  const operations = ['findAndModify', 'HMSET', 'FT.SEARCH', 'BATCH INSERT', 'BATCH CREATE TABLE'];
  for (const operation of operations) database.operation({ system: 'other_sql', operation }, () => {});
  assert.deepEqual(
    (await collect())
      .histograms('db.client.operation.duration')
      .map(([attributes]) => attributes['db.operation.name']),
    operations,
  );
});

test('queries within a manual measurement belong to it, and automatic sources skip them', async () => {
  registerStockProvider();
  trackManualMeasurements();
  const within = await database.operation({ system: 'sqlite', operation: 'SELECT' }, async () => {
    await null;
    return [isMeasuredManually('sqlite'), isMeasuredManually('redis')];
  });
  assert.deepEqual(within, [true, false]);
  assert.equal(isMeasuredManually('sqlite'), false);
});
