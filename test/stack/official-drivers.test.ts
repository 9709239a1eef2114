import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Exposition } from '../harness/exposition.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { startMariadb } from '../harness/mariadb.ts';
import { startPostgres } from '../harness/postgres.ts';
import { skipWithout } from '../harness/programs.ts';
import { startRedis } from '../harness/redis.ts';
import { startScriptedMongodb } from '../harness/scripted-mongodb.ts';
import {
  installOfficial,
  ORDERS,
  recordedByOfficial,
  runWithPitot,
  spansWithoutPitot,
} from './helpers/official.ts';

/*
 * An application with eight drivers beside the official instrumentations of OpenTelemetry, as installed packages, in
 * every order of loading: each operation makes one span, as without pitot, and counts once.
 */
const INSTRUMENTATIONS: readonly [era: string, packages: readonly string[]][] = [
  [
    'the newest',
    [
      ...official('pg@0.77.0', 'mysql2@0.70.0', 'mongodb@0.77.0', 'redis@0.72.0', 'ioredis@0.72.0'),
      ...official('socket.io@0.71.0', 'runtime-node@0.37.0'),
      '@opentelemetry/host-metrics@latest',
      ...['pg@8', 'mysql2@3', 'mongodb@7', 'redis@6', 'ioredis@6'],
    ],
  ],
  [
    'those beside SDK 2',
    [
      ...official('pg@0.61.1', 'mysql2@0.55.0', 'mongodb@0.61.0', 'redis@0.57.1', 'ioredis@0.56.0'),
      ...official('socket.io@0.55.0', 'runtime-node@0.22.0'),
      '@opentelemetry/host-metrics@0.38.0',
      ...['pg@8.16', 'mysql2@3.20', 'mongodb@6', 'redis@5.12', 'ioredis@5'],
    ],
  ],
];
const OTHERS = ['better-sqlite3@13', 'socket.io@4', 'socket.io-client@4', 'ws@8'];

function official(...versions: readonly string[]): readonly string[] {
  return versions.map((version) => `@opentelemetry/instrumentation-${version}`);
}

/** Ten operations with each driver; pg is asked by a pool and by a client, and MongoDB's driver ends its session. */
const OPERATIONS = {
  'mongodb endSessions': 1,
  'mongodb insert': 10,
  'mysql SELECT': 10,
  'postgresql SELECT': 10,
  'postgresql SHOW': 10,
  'redis GET': 10,
  'redis SET': 10,
  'sqlite VACUUM': 10,
};
/** Ten messages each way; Socket.IO greets in addition. */
const MESSAGES = {
  '/chat receive': 11,
  '/chat transmit': 11,
  '/raw receive': 10,
  '/raw transmit': 10,
};

describe('beside the official instrumentations', {
  skip: skipWithout('postgres', 'initdb', 'redis-server', 'mariadbd', 'mariadb-install-db'),
}, () => {
  const lifetime = lifetimeOfSuite();
  const env: Record<string, string> = {
    PITOT_WEBSOCKETS: 'ws,socket.io',
    // The official instrumentation makes spans of HTTP as well, where it is chosen for metrics.
    PITOT_HTTP: 'off',
  };

  before(async () => {
    const mongodb = await startScriptedMongodb(lifetime, (command) => ({
      ok: 1,
      n: Object.keys(command)[0] === 'insert' ? command.documents.length : 0,
    }));
    const servers = [startPostgres(lifetime), startMariadb(lifetime), startRedis(lifetime)] as const;
    const [postgres, mariadb, redis] = await Promise.all(servers);
    env.PG_PORT = String(postgres.port);
    env.MYSQL_PORT = String(mariadb.port);
    env.MONGODB_PORT = String(mongodb.port);
    env.REDIS_PORT = String(redis.port);
  });

  for (const [era, packages] of INSTRUMENTATIONS) {
    let folder: string;
    before(async () => {
      folder = await installOfficial(lifetime, 'drivers', [...packages, ...OTHERS]);
    });

    for (const app of ['app.cjs', 'app.mjs']) {
      let expected: unknown;

      test(`${era}, ${app}: without pitot, to compare with`, async (t) => {
        expected = await spansWithoutPitot(t, { folder, app, env });
        assert.ok(Object.keys(Object(expected)).length > 10);
      });

      for (const { order, nodeArgs, isTraced } of ORDERS) {
        test(`${era}, ${app}, ${order}: every operation is one span and is counted once`, async (t) => {
          const { spans, exposition } = await runWithPitot(t, { folder, app, env, nodeArgs });
          assert.deepEqual(spans, isTraced ? expected : {});
          assert.deepEqual(operations(exposition), OPERATIONS);
          assert.deepEqual(messages(exposition), MESSAGES);
          assert.deepEqual(recordedByOfficial(exposition), []);
        });
      }
    }
  }
});

function operations(exposition: Exposition): Record<string, number> {
  return valuesOf(exposition, 'db_client_operation_duration_seconds_count', [
    'db_system_name',
    'db_operation_name',
  ]);
}

function messages(exposition: Exposition): Record<string, number> {
  return valuesOf(exposition, 'websocket_server_messages_total', ['http_route', 'websocket_io_direction']);
}

function valuesOf(exposition: Exposition, name: string, keys: readonly string[]): Record<string, number> {
  const samples = exposition.samples.filter((sample) => sample.name === name);
  return Object.fromEntries(
    samples
      .map(({ labels, value }) => [keys.map((key) => labels[key]).join(' '), value] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
