import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { program, skipWithout } from '../harness/programs.ts';
import { value } from '../harness/samples.ts';
import { until } from '../harness/until.ts';
import { startHttpReceiver } from '../hub/forward/helpers/http-receiver.ts';
import { createFleet, joined, sumOf } from '../hub/processes/helpers/fleet.ts';

const HOUR_MS = 3_600_000;

/** Debian's libfaketime for programs with threads, beside the program of that name. */
function preload(): string {
  program('faketime');
  const library = readdirSync('/usr/lib')
    .map((folder) => join('/usr/lib', folder, 'faketime'))
    .flatMap((folder) => {
      try {
        return readdirSync(folder).map((file) => join(folder, file));
      } catch {
        return [];
      }
    })
    .find((file) => file.endsWith('libfaketimeMT.so.1'));
  if (library === undefined) throw new Error('libfaketimeMT.so.1 is missing: apt-get install faketime');
  return library;
}

test('clocks that are set by hours, forwards and backwards, cost no count, no process, no series and no viewer', {
  skip: skipWithout('faketime'),
  timeout: 180_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-clock-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const offset = join(folder, 'offset');
  await writeFile(offset, '+0');
  const receiver = await startHttpReceiver(t);
  const fleet = await createFleet(t, {
    LD_PRELOAD: preload(),
    // Node.js uses the monotonic clock, which cannot be set.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    FAKETIME_TIMESTAMP_FILE: offset,
    FAKETIME_CACHE_DURATION: '1',
    PITOT_SERIES_IDLE: 'level=600000,jobs=600000',
    PITOT_PAGE: 'on',
    OTEL_METRICS_EXPORTER: 'prometheus,otlp',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.url,
    OTEL_METRIC_EXPORT_INTERVAL: '500',
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    PITOT_FORWARD_FROM: 'each',
  });
  const apps = [await joined(await fleet.start()), await joined(await fleet.start())];
  const frames = await countFrames(fleet.port, t);
  let asked = 0;
  const add = async () => {
    for (const app of apps) {
      await app.ask('/add?n=1');
      asked++;
    }
  };
  await add();
  for (const [set, hours] of [
    ['+5h', 5],
    ['-7h', -7],
    ['+0', 0],
  ] as const) {
    await writeFile(offset, set);
    await until(
      async () => {
        const { headers } = await fetch(`http://127.0.0.1:${fleet.port}/livez`);
        const ahead = Date.parse(headers.get('date') ?? '') - Date.now();
        return Math.abs(ahead - hours * HOUR_MS) < HOUR_MS / 2 || undefined;
      },
      { what: `the clock to be set by ${hours} hours` },
    );
    // Several collections, which would find series idle and processes away.
    for (let i = 0; i < 4; i++) {
      await fleet.scrape();
      await pause(400);
    }
    const samples = await fleet.scrape();
    assert.equal(sumOf(samples, 'jobs_total', { kind: 'a' }), asked, set);
    assert.equal(sumOf(samples, 'level'), 2, 'series that nothing was recorded into for a moment stay');
    assert.equal(value(samples, 'pitot_processes', { pitot_process_state: 'live' }), 2);
    assert.equal(sumOf(samples, 'nodejs_eventloop_stalls_total'), 0);
    await add();
    const before = frames.count;
    await until(() => frames.count > before + 1 || undefined, { what: 'more of the page', timeout: 60_000 });
  }
  const deltas = () =>
    receiver.requests
      .flatMap(({ metrics }) => metrics.filter(({ name }) => name === 'jobs'))
      .flatMap(({ points }) => points)
      .reduce((sum, point) => sum + Number(point.value), 0);
  await until(() => deltas() >= asked || undefined, {
    what: 'all differences',
    instead: () => `${deltas()}`,
  });
  assert.equal(deltas(), asked);
  for (const app of apps) assert.doesNotMatch(app.stderr, /^pitot: (?:warning|error)/m);
});

/** Counts what a viewer of the page gets, for as long as the test runs. */
async function countFrames(port: number, t: { after(end: () => void): void }): Promise<{ count: number }> {
  const counted = { count: 0 };
  const over = new AbortController();
  t.after(() => over.abort());
  const { body } = await fetch(`http://127.0.0.1:${port}/page/events`, { signal: over.signal });
  const read = async () => {
    for await (const chunk of body ?? []) {
      counted.count += Buffer.from(chunk).toString().split('data: ').length - 1;
    }
  };
  read().catch(() => {});
  return counted;
}
