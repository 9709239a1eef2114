import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Exposition, type Family, parseExposition } from '../harness/exposition.ts';
import { REPOSITORY, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';

/** All code that the guide shows under a heading; the title is the first heading. */
async function codesUnder(heading: string): Promise<readonly string[]> {
  const guide = await readFile(join(REPOSITORY, 'docs/migrating-from-prom-client.md'), 'utf8');
  const section = guide.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return Array.from(section.matchAll(/^```js\n(.*?)^```$/gms), ([, code = '']) => code);
}

/** Runs a program of these files, as a user has them, of which `app.js` says where it listens. */
async function start(t: TestContext, door: string, files: Readonly<Record<string, string>>) {
  const cache = join(REPOSITORY, '.cache');
  await mkdir(cache, { recursive: true });
  // Inside the package, so that its name leads to the build.
  const cwd = await mkdtemp(join(cache, 'guide-'));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
  const service = await startService(t, { nodeArgs: ['--import', door], args: ['app.js'], cwd });
  const [, port] = await service.line(/^listening on (\d+)$/);
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  return { service, get };
}

const LISTEN = `listen(0, '127.0.0.1', function () { console.log('listening on ' + this.address().port); });`;
const OWN_ROUTE = `
  import { createServer } from 'node:http';
  import { register } from 'prom-client';
  createServer(async (_, response) => response.end(await register.metrics())).${LISTEN}
`;

/**
 * A family without the labels of pitot's scopes.
 *
 * @param areDurations two that measure the same request may find it in different buckets
 */
function comparable({ families }: Exposition, name: string, areDurations = false) {
  const { type, help, samples = [] }: Partial<Family> = families.get(name) ?? {};
  const lines = samples
    .filter((sample) => !(areDurations && sample.name.endsWith('_sum')))
    .map(({ name: full, labels: { otel_scope_name, otel_scope_version, le = '', ...labels }, value }) => {
      const key = JSON.stringify([full, Object.entries(labels).sort()]);
      return areDurations && Number.isFinite(Number(le)) && le !== ''
        ? `${key} le ${le}`
        : `${key} le ${le} is ${value}`;
    });
  return { type, help, lines: lines.sort() };
}

test('a histogram that has moved as the guide shows is the same in Prometheus', async (t) => {
  const name = 'job_duration_seconds';
  const [before = '', after = ''] = await codesUnder('Moving a metric');
  const old = await start(t, 'pitot/instrumentation', { 'app.js': before + OWN_ROUTE });
  const moved = await start(t, 'pitot/instrumentation', { 'app.js': after + OWN_ROUTE });
  const expected = comparable(parseExposition(await old.get('/')), name);
  assert.equal(expected.lines.length, 6);
  assert.deepEqual(comparable(await moved.service.scrape(), name), expected);
});

test('the bridge of the guide serves what is still in the registry', async (t) => {
  const [bridge = ''] = await codesUnder('The bridge');
  const [before = ''] = await codesUnder('Moving a metric');
  const { service, get } = await start(t, 'pitot/instrumentation', {
    'app.js': `import './bridge.js';\n${before}${OWN_ROUTE}`,
    'bridge.js': bridge,
  });
  const expected = comparable(parseExposition(await get('/')), 'job_duration_seconds');
  assert.deepEqual(comparable(await service.scrape(), 'job_duration_seconds'), expected);
});

test('the view of the guide counts what express-prom-bundle counts, under its name', async (t) => {
  const name = 'http_request_duration_seconds';
  const [instrumentation = ''] = await codesUnder('express-prom-bundle');
  const { service, get } = await start(t, './instrumentation.js', {
    'instrumentation.js': instrumentation,
    'app.js': `
      import express from 'express';
      import bundle from 'express-prom-bundle';
      const app = express();
      app.use(bundle({ includeMethod: true, includePath: true }));
      app.get('/users/:id', (_, response) => response.end('a user'));
      app.use('/api', express.Router().get('/fails', (_, response) => response.status(503).end()));
      app.${LISTEN}
    `,
  });
  for (const path of ['/users/1', '/users/2', '/api/fails']) await get(path);
  const count = ({ samples }: Exposition) =>
    samples.filter((sample) => sample.name === `${name}_count`).reduce((sum, { value }) => sum + value, 0);
  const ours = await until(
    async () => {
      const scraped = await service.scrape();
      return count(scraped) >= 3 ? scraped : undefined;
    },
    { what: 'three requests' },
  );
  const theirs = parseExposition(await get('/metrics'));
  assert.deepEqual(comparable(ours, name, true), comparable(theirs, name, true));
  assert.ok(ours.families.has('http_server_request_duration_seconds'), "pitot's own metric is there too");
});
