import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Exposition, parseExposition } from '../harness/exposition.ts';
import { freePort } from '../harness/free-port.ts';
import { select, value } from '../harness/samples.ts';
import { DOOR, type Service, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';

const FIXTURE = 'test/e2e/fixtures/default-metrics.mjs';
/** Several processes start at once, and each is asked twice. */
const PATIENCE_MS = 60_000;
const LAG = 'nodejs_eventloop_lag_seconds';

function start(t: TestContext, choice: string, ...args: string[]): Promise<Service> {
  return startService(t, {
    nodeArgs: ['--expose-gc', ...DOOR],
    args: [FIXTURE, ...args],
    env: { PITOT_DEFAULT_METRICS: choice },
  });
}

/** prom-client's own exposition, without values that are not a number, which it misspells. */
async function promClient(service: Service, path = '/'): Promise<Exposition> {
  const [, port] = await service.line(/^listening on (\d+)$/);
  const text = await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  return parseExposition(text.replace(/^.* Nan\n/gm, ''));
}

/** A scrape with the lag that an earlier one has measured, and with a delay of at least this many seconds. */
const settled = (scrape: () => Promise<Exposition>, delay = 0) =>
  until(
    async () => {
      const exposition = await scrape();
      const max = exposition.families.get('nodejs_eventloop_lag_max_seconds')?.samples[0]?.value ?? -1;
      return exposition.families.get(LAG)?.samples.length === 1 && max >= delay ? exposition : undefined;
    },
    { what: 'the lag of the event loop', timeout: PATIENCE_MS },
  );

/** Names of the families and their labels, types, help texts and buckets. */
function shapeOf({ families }: Exposition, names: Iterable<string>) {
  return Object.fromEntries(
    Array.from(names, (name) => {
      const { type, help, samples = [] } = families.get(name) ?? {};
      const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
      const buckets = new Set(samples.map(({ labels: { le } }) => le));
      return [name, { type, help, labels: [...labels].sort(), buckets: [...buckets] }];
    }),
  );
}

test("all default metrics of prom-client are served with prom-client's names, labels and values", async (t) => {
  const service = await start(t, 'prom-client');
  const earlier = await service.scrape();
  await promClient(service, '/work');
  // Both see the loop blocked for 300 ms.
  const theirs = await settled(() => promClient(service), 0.25);
  const ours = await settled(service.scrape, 0.25);

  // pitot does not serve a family without series. Here, no request is active at the time of a scrape.
  const names = [...theirs.families.keys()].filter((name) => name !== 'nodejs_active_requests');
  assert.equal(names.length, 30);
  assert.deepEqual(shapeOf(ours, names), shapeOf(theirs, names));

  const both = (name: string, labels = {}) =>
    [value(ours.samples, name, labels), value(theirs.samples, name, labels)] as const;
  for (const name of ['process_max_fds', 'nodejs_version_info']) assert.equal(...both(name), name);
  for (const type of ['Server', 'FSWatcher']) assert.equal(...both('nodejs_active_handles', { type }), type);
  for (const type of ['TCPServerWrap', 'FSEventWrap']) {
    assert.equal(...both('nodejs_active_resources', { type }), type);
  }
  const near = (name: string, labels = {}, share = 0.5) => {
    const [our, their] = both(name, labels);
    assert.ok(Math.abs(our - their) <= share * Math.max(our, their), `${name}: ${our}, ${their}`);
  };
  near('process_start_time_seconds', {}, 1e-9);
  for (const name of [
    'process_resident_memory_bytes',
    'process_virtual_memory_bytes',
    'process_heap_bytes',
    'process_open_fds',
    'nodejs_active_handles_total',
    'nodejs_active_resources_total',
    'nodejs_heap_size_total_bytes',
    'nodejs_heap_size_used_bytes',
    'nodejs_external_memory_bytes',
  ]) {
    near(name);
  }
  for (const size of ['total', 'used']) near(`nodejs_heap_space_size_${size}_bytes`, { space: 'old' });
  const [total, inUse] = ['total', 'used'].map((size) =>
    value(ours.samples, `nodejs_heap_size_${size}_bytes`),
  );
  const spaces = select(ours.samples, 'nodejs_heap_space_size_total_bytes');
  assert.equal(
    spaces.reduce((sum, space) => sum + space.value, 0),
    total,
  );
  assert.ok(Number(inUse) <= Number(total));

  // prom-client begins to count CPU time when it is asked to, and pitot with the process.
  const [, used] = await service.line(/^used (\S+) s$/);
  const their = value(theirs.samples, 'process_cpu_seconds_total') + Number(used);
  const cpu = value(ours.samples, 'process_cpu_seconds_total');
  assert.ok(
    value(earlier.samples, 'process_cpu_seconds_total') <= their + 0.01 && their <= cpu + 0.01,
    `${their}`,
  );
  const parts = ['user', 'system'].map((mode) => value(ours.samples, `process_cpu_${mode}_seconds_total`));
  assert.ok(Math.abs(parts.reduce((a, b) => a + b) - cpu) < 1e-6);

  // prom-client counts one collection of those that Node.js tells together.
  const [counted, some] = both('nodejs_gc_duration_seconds_count', { kind: 'major' });
  assert.ok(counted >= 3 && some >= 1 && counted >= some, `${counted}, ${some}`);

  const replaced = ['process_cpu_time_seconds_total', 'v8js_gc_duration_seconds', 'v8js_resource_active'];
  assert.deepEqual(
    replaced.filter((name) => ours.families.has(name)),
    [],
  );
  assert.ok(ours.families.has('process_uptime_seconds'), 'what prom-client has no name for stays');
});

test("both names are served where both are wanted, and prom-client's are not in the way by default", async (t) => {
  const service = await start(t, 'both');
  await promClient(service, '/work');
  const both = await settled(service.scrape);
  for (const name of ['v8js_gc_duration_seconds', 'process_cpu_time_seconds_total']) {
    assert.ok(both.families.has(name), name);
  }
  assert.equal(value(both.samples, 'process_cpu_seconds_total') > 0, true);
  assert.equal(select(both.samples, 'process_start_time_seconds').length, 1);

  const ours = await (await start(t, 'opentelemetry')).scrape();
  const theirs = [...ours.families.keys()].filter((name) =>
    /^nodejs_(?!eventloop_(delay|time|utilization|stall))/.test(name),
  );
  assert.deepEqual(theirs, []);
  assert.equal(select(ours.samples, 'process_start_time_seconds').length, 1);
});

for (const choice of ['opentelemetry', 'both']) {
  test(`default metrics that are bridged are served once, and without a warning (${choice})`, async (t) => {
    const service = await start(t, choice, 'bridged');
    const { samples } = await settled(service.scrape);
    for (const name of ['process_start_time_seconds', 'process_cpu_seconds_total', 'nodejs_version_info']) {
      assert.equal(select(samples, name).length, 1, name);
      assert.equal(select(samples, name, { otel_scope_name: 'prom-client' }).length, 1, name);
    }
    assert.doesNotMatch(service.stderr, /warn/);
  });
}

test('in a cluster sizes and numbers are added up, and lags and start times are those of each process', async (t) => {
  const service = await startService(t, {
    nodeArgs: ['--expose-gc', ...DOOR],
    args: [FIXTURE, 'cluster'],
    env: {
      PITOT_DEFAULT_METRICS: 'prom-client',
      PITOT_OBSERVE_TIMEOUT: '5000',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()),
    },
  });
  const { samples } = await until(
    async () => {
      const scraped = await service.scrape();
      return select(scraped.samples, LAG).length === 3 ? scraped : undefined;
    },
    { what: 'the lags of three processes', timeout: PATIENCE_MS },
  );
  const pids = (name: string) => new Set(select(samples, name).map(({ labels }) => labels.process_pid)).size;
  for (const name of ['process_start_time_seconds', 'nodejs_eventloop_lag_p99_seconds']) {
    assert.equal(pids(name), 3, name);
  }
  for (const name of ['process_resident_memory_bytes', 'nodejs_active_resources_total', 'process_max_fds']) {
    assert.equal(select(samples, name).length, 1, name);
  }
  assert.equal(value(samples, 'nodejs_active_handles', { type: 'FSWatcher' }), 6, 'three in each worker');
  assert.equal(value(samples, 'nodejs_active_resources', { type: 'FSEventWrap' }), 6);
  assert.equal(value(samples, 'nodejs_version_info'), 1);
});
