import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operationKind } from '../../../../src/app/sources/databases/operation-kind.ts';
import { database } from '../../../../src/instruments.ts';
import { registerStockProvider } from '../../instruments/helpers/collected.ts';

test('operations of the sources and manually measured operations share one limit of 200 names', async () => {
  const collect = registerStockProvider();
  const kinds = new Set<string>();
  for (let i = 0; i < 150; i++) {
    kinds.add(operationKind(`AUTOMATIC${i}`).operation);
    database.operation({ system: 'redis', operation: `MANUAL${i}` }, () => undefined);
  }
  const series = (await collect()).counts('db.client.operation.duration');
  const names = [...kinds, ...series.map(([attributes]) => String(attributes['db.operation.name']))];
  const distinct = new Set(names);
  assert.ok(distinct.delete('_OTHER'));
  assert.equal(distinct.size, 200);
});
