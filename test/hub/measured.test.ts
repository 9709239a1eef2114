import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../src/config/config.ts';
import type { BootOptions } from '../../src/config/settings/table.ts';
import { describeMeasured } from '../../src/hub/measured.ts';

const DRIVERS = ['pg', 'mysql2', 'mongodb', 'redis', 'ioredis', 'better-sqlite3', 'node-sqlite'];

function described(names: readonly string[], options: BootOptions = {}): string {
  return describeMeasured(names, readConfig(options, {}).config);
}

test('what is measured is told by group, and of half a group what is on', () => {
  assert.equal(
    described(['http', ...DRIVERS, 'errors', 'runtime-node']),
    'measures HTTP, database drivers, errors, runtime, host',
  );
  assert.equal(
    described(['http', 'express', 'pg', 'redis', 'ws', 'errors', 'something-new']),
    'measures HTTP, database drivers (pg, redis), WebSockets (ws), errors, host, something-new',
  );
  assert.equal(
    described([], { disabledInstrumentations: ['host-metrics'] }),
    'nothing is measured automatically',
  );
});
