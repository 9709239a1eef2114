import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startOtlpReceiver } from '../../harness/otlp-receiver.ts';
import { startRecordingServer } from '../../harness/recording-server.ts';
import { select, value } from '../../harness/samples.ts';
import { until } from '../../harness/until.ts';
import { type App, createFleet, joined } from './helpers/fleet.ts';

test('PITOT_PROCESSES=separate gives each process a port, and Prometheus a file for each', async (t) => {
  const targets = await mkdtemp(join(tmpdir(), 'pitot-targets-'));
  t.after(() => rm(targets, { recursive: true, force: true }));
  const fleet = await createFleet(t, { PITOT_PROCESSES: 'separate', PITOT_TARGETS_DIRECTORY: targets });
  const apps = [await joined(await fleet.start()), await joined(await fleet.start())];
  const read = async () => {
    const files = await readdir(targets);
    return Promise.all(files.map(async (file) => JSON.parse(await readFile(join(targets, file), 'utf8'))));
  };
  const found = (await read()).flat().map(({ targets: [target] }: { targets: string[] }) => target);
  const expected = await Promise.all(apps.map(async (app) => (await app.endpoint()).host));
  assert.deepEqual(found.sort(), expected.sort());
  assert.equal(new Set(found).size, 2);
  for (const [i, app] of apps.entries()) {
    await app.ask(`/add?n=${i + 1}`);
    assert.equal(value((await app.scrape()).samples, 'jobs_total'), i + 1);
  }
  apps[0]?.signal('SIGKILL');
  await apps[0]?.ended();
  await joined(await fleet.start());
  assert.equal((await read()).length, 2, "a dead process' file is removed by the next");
});

test('PITOT_PROCESSES=off leaves the endpoint to the first', async (t) => {
  const fleet = await createFleet(t, { PITOT_PROCESSES: 'off' });
  await joined(await fleet.start());
  await (await fleet.start()).line(/error: .*OTEL_EXPORTER_PROMETHEUS_PORT/);
  assert.equal(select(await fleet.scrape(), 'pitot_processes').length, 0);
});

test('PITOT_GAUGE_MERGE makes one series of a gauge, by its rule', async (t) => {
  const fleet = await createFleet(t, { PITOT_GAUGE_MERGE: 'level=max,seen=sum' });
  const apps = [await joined(await fleet.start()), await joined(await fleet.start())];
  for (const [i, app] of apps.entries()) await app.ask(`/add?n=${i + 5}`);
  const samples = await fleet.scrape();
  assert.equal(value(samples, 'level', { process_pid: '' }), 6);
  assert.equal(value(samples, 'seen', { process_pid: '' }), 2);
});

test('each process forwards its own numbers under its own service.instance.id', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const fleet = await createFleet(t, {
    OTEL_METRICS_EXPORTER: 'prometheus,otlp',
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  });
  for (let i = 0; i < 2; i++) await (await joined(await fleet.start())).ask('/add?n=3');
  await until(
    () => {
      const bodies = JSON.stringify(receiver.requests, (_, found) =>
        typeof found === 'bigint' ? String(found) : found,
      );
      return (
        new Set(bodies.match(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g)).size >= 2 ||
        undefined
      );
    },
    { what: 'two instances' },
  );
});

test('PITOT_FORWARD_FROM=leader forwards the service as one, and the next leader goes on with the same totals', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const fleet = await createFleet(t, {
    OTEL_METRICS_EXPORTER: 'prometheus,otlp',
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    PITOT_FORWARD_FROM: 'leader',
  });
  const [first, second] = [await joined(await fleet.start()), await joined(await fleet.start())];
  await first.ask('/add?n=3');
  await second.ask('/add?n=4');
  const forwarded = () => receiver.latest('jobs')?.points[0]?.value;
  await until(() => forwarded() === 7 || undefined, {
    what: 'the total',
    instead: () => String(forwarded()),
  });
  first.signal('SIGTERM');
  await first.ended();
  await second.ask('/add?n=10');
  await until(() => forwarded() === 17 || undefined, {
    what: 'the next total',
    instead: () => String(forwarded()),
  });
});

test('a leader that forwards for its service and ends leaves the receiver what the next one goes on with', async (t) => {
  const { requests, url } = await startRecordingServer(t);
  const fleet = await createFleet(t, {
    OTEL_METRICS_EXPORTER: 'prometheus,pushgateway',
    PITOT_PUSHGATEWAY_URL: url,
    PITOT_PUSHGATEWAY_AT_EXIT: 'delete',
    PITOT_FORWARD_FROM: 'leader',
  });
  const methods = () => requests.map(({ method }) => method);
  const [first, second] = [await joined(await fleet.start()), await joined(await fleet.start())];
  first.signal('SIGTERM');
  await first.ended();
  assert.deepEqual(methods(), ['PUT']);
  await until(async () => (await fleet.scrape().catch(() => [])).length > 0 || undefined, {
    what: 'the next leader',
  });
  second.signal('SIGTERM');
  await second.ended();
  assert.deepEqual(methods(), ['PUT', 'PUT', 'DELETE']);
});

test('when all processes of a service end at once, the one that forwards takes back what it has pushed', async (t) => {
  const { requests, url } = await startRecordingServer(t);
  const fleet = await createFleet(t, {
    OTEL_METRICS_EXPORTER: 'prometheus,pushgateway',
    PITOT_PUSHGATEWAY_URL: url,
    PITOT_PUSHGATEWAY_AT_EXIT: 'delete',
    PITOT_FORWARD_FROM: 'leader',
  });
  const apps: App[] = [];
  for (let i = 0; i < 3; i++) apps.push(await joined(await fleet.start()));
  for (const app of apps) app.signal('SIGTERM');
  await Promise.all(apps.map((app) => app.ended()));
  assert.equal(requests.at(-1)?.method, 'DELETE');
});
