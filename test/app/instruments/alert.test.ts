import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alert } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

test('alerts are counted when they are raised, and active until they are cleared', async () => {
  const collect = registerStockProvider();
  const disk = { 'alert.severity': 'critical', 'alert.name': 'disk-full' };
  const first = alert.firing({ severity: 'critical', name: 'disk-full' });
  const second = alert.firing({ severity: 'critical', name: 'disk-full' });
  alert.firing({ severity: 'warning' }, () => {});
  first.end();
  first.end();
  const collected = await collect();
  assert.deepEqual(collected.sums('alert.raised'), [
    [disk, 2],
    [{ 'alert.severity': 'warning' }, 1],
  ]);
  assert.deepEqual(collected.sums('alert.active'), [
    [disk, 1],
    [{ 'alert.severity': 'warning' }, 0],
  ]);
  second.end();
});
