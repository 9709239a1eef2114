import { tracingChannel } from 'node:diagnostics_channel';
import { preserveContextOn, trackManualMeasurements } from '../../instruments/manual-measurement.ts';
import { undoAll } from '../../patching/replace-method.ts';
import { followChannel } from '../channel.ts';
import type { Source } from '../source.ts';
import { driverCode, hookedDriver } from './driver.ts';

/*
 * The sources of the drivers. Each driver's hook is in the file of its name, which loads with the first driver.
 */

export const pg = hookedDriver({
  name: 'pg',
  replaces: {
    scope: '@opentelemetry/instrumentation-pg',
    metrics: [
      'db.client.operation.duration',
      'db.client.connection.count',
      'db.client.connection.limit',
      'db.client.connection.pending_requests',
      // The limit's name before version 1.45 of the conventions.
      'db.client.connection.max',
      // Metric names before instrumentation-pg 0.50.
      'db.client.connections.usage',
      'db.client.connections.pending_requests',
    ],
  },
  hook: (loaded) => driverCode().hookPg(loaded),
});

export const mysql2: Source = {
  name: 'mysql2',
  packages: [],
  start() {
    trackManualMeasurements();
    const undo = ['mysql2:query', 'mysql2:execute', 'mysql2:connect'].map((channel) =>
      followChannel(channel, () => driverCode().mysql2Subscribers(channel)),
    );
    // A pool calls back in the context of the caller that released a connection.
    return undoAll([...undo, preserveContextOn(tracingChannel('mysql2:pool:connect'))]);
  },
};

export const mongodb = hookedDriver({
  name: 'mongodb',
  replaces: {
    scope: '@opentelemetry/instrumentation-mongodb',
    metrics: ['db.client.connection.count', 'db.client.connections.usage'],
  },
  hook: (loaded) => driverCode().hookMongodb(loaded),
});

export const redis: Source = {
  name: 'redis',
  packages: [],
  start() {
    trackManualMeasurements();
    return undoAll(
      ['node-redis:command', 'node-redis:batch', 'node-redis:connect'].map((channel) =>
        followChannel(channel, () => driverCode().redisSubscribers(channel)),
      ),
    );
  },
};

export const ioredis = hookedDriver({ name: 'ioredis', hook: (loaded) => driverCode().hookIoredis(loaded) });

export const betterSqlite3 = hookedDriver({
  name: 'better-sqlite3',
  hook: (loaded) => driverCode().hookBetterSqlite3(loaded),
});
