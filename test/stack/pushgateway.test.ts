import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startChild } from '../harness/child.ts';
import { parseExposition } from '../harness/exposition.ts';
import { freePort } from '../harness/free-port.ts';
import { program, skipWithout } from '../harness/programs.ts';
import { select, value } from '../harness/samples.ts';
import { PATIENT, startService } from '../harness/service.ts';

test('a Pushgateway has the last values of the last run of a job, also of one that fails', {
  skip: skipWithout('prometheus-pushgateway'),
}, async (t) => {
  const port = await freePort();
  const gateway = await startChild(t, program('prometheus-pushgateway'), {
    args: [`--web.listen-address=127.0.0.1:${port}`],
  });
  await gateway.line(/listen/i);
  const url = `http://127.0.0.1:${port}`;
  const samples = async () => parseExposition(await (await fetch(`${url}/metrics`)).text()).samples;
  const group = { job: 'import', tenant: 'a/b' };
  for (const [rows, ending, code] of [
    ['3', 'ends', 0],
    ['5', 'fails', 1],
  ] as const) {
    const service = await startService(t, {
      args: ['test/stack/fixtures/job.mjs', rows, ending],
      env: {
        PITOT_METRICS_EXPORTER: 'pushgateway',
        PITOT_PUSHGATEWAY_URL: url,
        PITOT_PUSHGATEWAY_GROUPING: 'tenant=a/b',
        OTEL_SERVICE_NAME: 'import',
        ...PATIENT,
      },
    });
    assert.equal((await service.ended()).code, code);
    const found = await samples();
    assert.equal(value(found, 'rows_total', { ...group, table: 'orders' }), Number(rows));
    assert.equal(value(found, 'batch_duration_seconds_bucket', { ...group, le: '10' }), 1);
    assert.equal(value(found, 'push_failure_time_seconds', group), 0);
    assert.equal(select(found, 'nodejs_eventloop_utilization_ratio', group).length, 1);
    assert.doesNotMatch(service.stderr, /refuses|takes no metrics/);
  }
});
