import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startOtlpReceiver } from '../../harness/otlp-receiver.ts';
import { select, value } from '../../harness/samples.ts';
import { until } from '../../harness/until.ts';
import { createFleet, joined } from '../../hub/processes/helpers/fleet.ts';

/** A service whose processes all observe one file, and what replaces the file's content. */
async function createObserving(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-observed-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const database = join(folder, 'database.json');
  const store = async (answer: unknown) => {
    await writeFile(`${database}.new`, JSON.stringify(answer));
    await rename(`${database}.new`, database);
  };
  const fleet = await createFleet(t, env);
  const start = () => fleet.start({ args: ['test/app/observe/fixtures/observing.mjs', database] });
  const serves = (counts: readonly number[], sum: number) =>
    until(
      async () => {
        const samples = await fleet.scrape();
        const buckets = select(samples, 'took_seconds_bucket').map((sample) => sample.value);
        if (String(buckets) !== String(counts)) return undefined;
        assert.equal(value(samples, 'took_seconds_sum', { model: 'small' }), sum);
        assert.equal(value(samples, 'took_seconds_count', { model: 'small' }), counts.at(-1));
        return true;
      },
      { what: `the buckets ${counts}` },
    );
  return { fleet, store, start, serves };
}

const small = (counts: readonly number[], sum: number) => [{ counts, sum, attributes: { model: 'small' } }];

test('processes that observe one database serve its distribution once, and an ended one adds nothing', async (t) => {
  const { fleet, store, start, serves } = await createObserving(t);
  await store(small([5, 2, 1], 40));
  const leader = await joined(await start());
  const followers = [await joined(await start()), await joined(await start())];
  await serves([5, 7, 8], 40);
  await store(small([6, 2, 1], 40.5));
  await serves([6, 8, 9], 40.5);
  // The same number and sum in other buckets: a row was corrected.
  await store(small([5, 3, 1], 40.5));
  await serves([5, 8, 9], 40.5);
  const [doomed] = followers;
  for (const process of [doomed!, leader]) {
    process.signal('SIGTERM');
    await process.ended();
  }
  await until(() => fleet.scrape().catch(() => undefined), { what: 'the next leader' });
  await store(small([6, 3, 2], 60));
  await serves([6, 9, 11], 60);
});

test('a receiver of OTLP gets the distribution of the database', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const { store, start } = await createObserving(t, {
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_METRIC_EXPORT_INTERVAL: '100',
  });
  await store(small([5, 2, 1], 40));
  await start();
  const [point] = (await receiver.receives('took')).points;
  assert.deepEqual(point?.attributes, { model: 'small' });
  assert.deepEqual(point.value, {
    count: 8,
    sum: 40,
    min: undefined,
    max: undefined,
    bounds: [1, 10],
    buckets: [5, 2, 1],
  });
  // The database began to count at an unknown time.
  assert.equal(point.startTime, 0n);
});
