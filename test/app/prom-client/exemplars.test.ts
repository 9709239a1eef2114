import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type promClient from 'prom-client';
import { bridgePromClient } from '../../../src/app/prom-client/prom-client.ts';
import { recorder } from '../../../src/app/record/global.ts';
import { exemplarsOf } from '../../../src/model/exemplars.ts';
import { LIBRARIES } from './helpers/libraries.ts';
import { collected } from './helpers/scraped.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

function openMetricsRegistry({ Registry }: typeof promClient) {
  const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
}

/** Value, trace and span of each exemplar, by metric. */
async function bridged(): Promise<Record<string, readonly (readonly unknown[])[]>> {
  const metrics = (await collected()).flatMap((scope) => scope.metrics);
  return Object.fromEntries(
    metrics.map(({ descriptor, dataPoints }) => [
      descriptor.name,
      dataPoints.flatMap((point) =>
        exemplarsOf(point).map(({ value, traceId, spanId }) => [value, traceId, spanId]),
      ),
    ]),
  );
}

for (const { library, client } of LIBRARIES) {
  describe(library, () => {
    test('exemplars with a trace are bridged, the latest of each bucket', async (t) => {
      const registry = openMetricsRegistry(client);
      const bridge = bridgePromClient(registry);
      t.after(() => bridge.stop());
      const options = { help: 'help', registers: [registry], enableExemplars: true };
      const counter = new client.Counter({ ...options, name: 'orders_total' });
      const histogram = new client.Histogram({ ...options, name: 'seconds', buckets: [1, 10] });
      counter.inc({ value: 2, exemplarLabels: { traceId: TRACE, spanId: SPAN } });
      histogram.observe({ value: 0.5, exemplarLabels: { trace_id: TRACE, span_id: SPAN } });
      histogram.observe({ value: 5, exemplarLabels: { traceID: TRACE } });
      histogram.observe({ value: 50, exemplarLabels: { user: 'u1' } });
      const expected = {
        orders_total: [[2, TRACE, SPAN]],
        seconds: [
          [0.5, TRACE, SPAN],
          [5, TRACE, undefined],
        ],
      };
      assert.deepEqual(await bridged(), expected);
      assert.deepEqual(await bridged(), expected, 'and stay');

      const other = TRACE.replace('0', 'f');
      histogram.observe({ value: 20, exemplarLabels: { traceId: other, spanId: SPAN } });
      histogram.observe({ value: 7, exemplarLabels: { traceId: other, spanId: SPAN } });
      const { seconds } = await bridged();
      assert.deepEqual(seconds, [
        [0.5, TRACE, SPAN],
        [7, other, SPAN],
        [20, other, SPAN],
      ]);
    });
  });
}

test('no exemplar is bridged if exemplars are off', async (t) => {
  recorder.configure({ exemplarFilter: 'always_off' });
  t.after(() => recorder.configure({ exemplarFilter: 'trace_based' }));
  const { client } = LIBRARIES[0]!;
  const registry = openMetricsRegistry(client);
  const bridge = bridgePromClient(registry);
  t.after(() => bridge.stop());
  const counter = new client.Counter({
    name: 'n_total',
    help: 'help',
    registers: [registry],
    enableExemplars: true,
  });
  counter.inc({ value: 1, exemplarLabels: { traceId: TRACE, spanId: SPAN } });
  assert.deepEqual(await bridged(), { n_total: [] });
});
