import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { parseExposition } from '../../harness/exposition.ts';
import { value } from '../../harness/samples.ts';
import { REPOSITORY, type Service, startService } from '../../harness/service.ts';
import { until } from '../../harness/until.ts';

const APP = 'test/app/route/fixtures/own-port.mjs';

/** A directory in which only the processes of one test meet. */
async function meeting(t: TestContext): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-route-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return {
    OTEL_EXPORTER_PROMETHEUS_PORT: 'none',
    OTEL_SERVICE_NAME: folder,
    XDG_RUNTIME_DIR: folder,
  };
}

async function addressOf(service: Service): Promise<string> {
  const [, port] = await service.line(/^listening on (\d+)$/);
  return `http://127.0.0.1:${port}`;
}

async function scrape(address: string) {
  const response = await fetch(`${address}/metrics`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
  return parseExposition(text).samples;
}

/** Without decompression, as a slow client sees it. */
async function open(address: string): Promise<IncomingMessage> {
  const [response] = await once(get(`${address}/metrics`, { agent: false }), 'response');
  return response;
}

test('in a cluster without a port the route of every worker serves the whole service', async (t) => {
  const service = await startService(t, {
    args: ['test/app/route/fixtures/cluster.mjs'],
    env: await meeting(t),
  });
  const [, found = ''] = await service.line(/^listening on (.*)$/);
  const addresses: string[] = JSON.parse(found).map((port: number) => `http://127.0.0.1:${port}`);
  for (const address of addresses) await (await fetch(`${address}/add`)).text();
  const total = async (address: string) =>
    until(
      async () => {
        const samples = await scrape(address);
        const live = value(samples, 'pitot_processes', { pitot_process_state: 'live' });
        return live === 4 ? value(samples, 'jobs_total') : undefined;
      },
      { what: 'all processes' },
    );
  for (const address of addresses) assert.equal(await total(address), 3);
});

test('a process without a port that is killed leaves its totals to the next leader', async (t) => {
  const env = await meeting(t);
  const first = await startService(t, { args: [APP], env });
  const one = await addressOf(first);
  // It listens before its hub leads, and the second could be faster.
  await first.line(/served by the application's own route/);
  const second = await startService(t, { args: [APP], env });
  const other = await addressOf(second);
  await second.line(new RegExp(`served by process ${first.pid}`));
  for (const address of [one, other, other]) await (await fetch(`${address}/add`)).text();
  assert.equal(value(await scrape(other), 'jobs_total'), 3);
  assert.equal(value(await scrape(one), 'jobs_total'), 3);
  first.signal('SIGKILL');
  await first.ended();
  const samples = await until(
    async () => {
      const now = await scrape(other);
      return value(now, 'pitot_processes', { pitot_process_state: 'ended' }) === 1 ? now : undefined;
    },
    { what: 'the end of the first process', instead: async () => JSON.stringify(await scrape(other)) },
  );
  assert.equal(value(samples, 'jobs_total'), 3);
  assert.equal(value(samples, 'pitot_processes', { pitot_process_state: 'live' }), 1);
});

test('two services without a port on one machine do not meet', async (t) => {
  const env = await meeting(t);
  const services = [];
  for (const name of ['a', 'b']) {
    services.push(await startService(t, { args: [APP], env: { ...env, OTEL_SERVICE_NAME: name } }));
  }
  for (const service of services) {
    await service.line(/no port, served by the application's own route · measures/);
    const samples = await scrape(await addressOf(service));
    assert.equal(value(samples, 'pitot_processes', { pitot_process_state: 'live' }), 1);
  }
});

test('while the hub is away the route answers 503 at once, and then goes on with all totals', async (t) => {
  const door = pathToFileURL(join(REPOSITORY, 'test/hub/processes/programs/mortal-hub.mjs')).href;
  const service = await startService(t, { nodeArgs: ['--import', door], args: [APP], env: await meeting(t) });
  const address = await addressOf(service);
  await (await fetch(`${address}/add`)).text();
  assert.equal(value(await scrape(address), 'jobs_total'), 1);
  await (await fetch(`${address}/kill-hub`)).text();
  const away = await fetch(`${address}/metrics`);
  assert.equal(away.status, 503);
  assert.match(await away.text(), /^the hub of pitot does not run at the moment; the log says why\n$/);
  await (await fetch(`${address}/add`)).text();
  const samples = await until(() => scrape(address).catch(() => undefined), { what: 'the new hub' });
  assert.equal(value(samples, 'jobs_total'), 2);
});

const SERIES = 20_000;

/** A service whose body is far larger than what is on its way at once. */
async function startLarge(t: TestContext): Promise<string> {
  const service = await startService(t, {
    args: [APP, String(SERIES)],
    env: {
      ...(await meeting(t)),
      PITOT_SERIES_LIMIT: String(2 * SERIES),
      PITOT_MAX_SCRAPES: '3',
      PITOT_SCRAPE_TIMEOUT: '60000',
    },
  });
  return addressOf(service);
}

async function assertWhole(url: string): Promise<void> {
  const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  const body = Buffer.from(await response.arrayBuffer());
  assert.ok(body.length > 28e6, `${body.length} bytes`);
  assert.equal(new Set(body.toString('latin1').match(/^sizes_count\{.*$/gm)).size, SERIES);
  assert.equal(body.at(-1), '\n'.charCodeAt(0));
}

test('a large body arrives whole, and clients that stop reading or leave take nothing from the others', async (t) => {
  const address = await startLarge(t);
  const left = await open(address);
  left.destroy();
  const stuck = await open(address);
  await once(stuck, 'readable');

  await assertWhole(`${address}/metrics`);

  // Only the stuck one has its place still.
  const later = await Promise.all([1, 2].map(() => fetch(`${address}/metrics?name[]=jobs_total`)));
  assert.deepEqual(
    later.map(({ status }) => status),
    [200, 200],
  );
  stuck.destroy();
});

test('a middleware that keeps what is written, to cache it, has the whole body', async (t) => {
  const address = await startLarge(t);
  await assertWhole(`${address}/kept`);
  await assertWhole(`${address}/kept/calls-back`);
});
