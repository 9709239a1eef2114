import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '../../harness/free-port.ts';
import { select, value } from '../../harness/samples.ts';
import { startService } from '../../harness/service.ts';
import { until } from '../../harness/until.ts';

test('in a cluster gauges are merged as their aggregator says, and totals outlive a worker that is killed', async (t) => {
  const service = await startService(t, {
    args: ['test/app/prom-client/fixtures/bridged-cluster.mjs'],
    env: { PITOT_OBSERVE_TIMEOUT: '5000', OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()) },
  });
  const both = await until(
    async () => {
      const { samples } = await service.scrape();
      return select(samples, 'work_seconds_count').at(0)?.value === 2 ? samples : undefined;
    },
    { what: 'the numbers of both workers', timeout: 60_000 },
  );
  assert.equal(value(both, 'work_seconds_sum'), 1500);
  const merged = { in_flight: 1500, min: 500, max: 1000, average: 750 };
  for (const [name, expected] of Object.entries(merged)) assert.equal(value(both, name), expected, name);
  assert.ok([500, 1000].includes(value(both, 'first')));
  for (const name of ['omit', 'work_seconds']) {
    const each = select(both, name);
    assert.deepEqual(each.map(({ value }) => value).sort(), [1000, 500], name);
    assert.equal(new Set(each.map(({ labels }) => labels.process_pid)).size, 2, name);
  }

  const [, port] = await service.line(/^listening on (\d+)$/);
  await fetch(`http://127.0.0.1:${port}/`);
  const one = await until(
    async () => {
      const { samples } = await service.scrape();
      return value(samples, 'in_flight') === 500 ? samples : undefined;
    },
    { what: 'the gauges without the first worker', timeout: 60_000 },
  );
  assert.equal(value(one, 'work_seconds_sum'), 1500);
  assert.equal(value(one, 'work_seconds_count'), 2);
});
