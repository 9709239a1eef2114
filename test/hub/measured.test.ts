import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeMeasured } from '../../src/hub/measured.ts';

const DRIVERS = ['pg', 'mysql2', 'mongodb', 'redis', 'ioredis', 'better-sqlite3', 'node-sqlite'];

test('measured sources are listed by group, and a partial group names its active sources', () => {
  assert.equal(
    describeMeasured([
      'http',
      ...DRIVERS,
      'grpc',
      'aws-sdk',
      'graphql',
      'amqplib',
      'kafkajs',
      'errors',
      'runtime-node',
      'host-metrics',
    ]),
    'measures HTTP, database drivers, RPC, GraphQL, messaging, errors, runtime, host',
  );
  assert.equal(
    describeMeasured(['http', 'express', 'pg', 'redis', 'ws', 'errors', 'host-metrics', 'something-new']),
    'measures HTTP, database drivers (pg, redis), WebSockets (ws), errors, host, something-new',
  );
  assert.equal(describeMeasured([]), 'nothing is measured automatically');
});
