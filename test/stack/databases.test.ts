import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPostgres } from '../harness/postgres.ts';
import { skipWithout } from '../harness/programs.ts';
import { startRedis } from '../harness/redis.ts';
import { select, value } from '../harness/samples.ts';
import { startService } from '../harness/service.ts';

test('a service under pitot has its queries on the endpoint, as many as it made', {
  skip: skipWithout('postgres', 'initdb', 'redis-server'),
}, async (t) => {
  const [postgres, redis] = [await startPostgres(t), await startRedis(t)];
  const service = await startService(t, {
    args: ['test/stack/fixtures/queries-app.mjs', String(postgres.port), String(redis.port)],
  });
  await service.line(/^all asked$/);
  const { samples } = await service.scrape();
  const operations = select(samples, 'db_client_operation_duration_seconds_count').map(
    ({ labels, value: count }) => [
      labels.db_system_name,
      labels.db_operation_name,
      labels.db_collection_name,
      labels.error_type,
      count,
    ],
  );
  assert.deepEqual(operations.sort(), [
    ['postgresql', 'CREATE TABLE', 'pets', undefined, 1],
    ['postgresql', 'INSERT', 'pets', undefined, 30],
    ['postgresql', 'INSERT', 'pets', '23505', 4],
    ['postgresql', 'SELECT', 'pets', undefined, 12],
    ['redis', 'GET', undefined, undefined, 9],
    ['redis', 'SET', undefined, undefined, 30],
  ]);
  const select12 = { db_operation_name: 'SELECT' };
  assert.equal(value(samples, 'db_client_response_returned_rows_sum', select12), 12);
  const pool = { db_client_connection_pool_name: `127.0.0.1:${postgres.port}/postgres` };
  assert.equal(value(samples, 'db_client_connection_limit', pool), 2);
  assert.equal(
    value(samples, 'db_client_connection_count', { ...pool, db_client_connection_state: 'used' }),
    0,
  );
});
