import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Exposition, type Family, parseExposition } from '../../harness/exposition.ts';
import { folderOf, Guide, LISTEN, runCommand } from '../../harness/guide.ts';
import { until } from '../../harness/until.ts';

const guide = new Guide('docs/migrating-from-prom-client.md');

const CHANGED = guide.block("from 'pitot/prom-client'");
const BRIDGE = guide.block('bridgePromClient(register);');
const BEFORE = guide.block("name: 'job_duration_seconds'");
const AFTER = guide.block("createHistogram('job.duration'");

/** Runs a program of these files. Its `app.js` prints where it listens. */
async function start(t: TestContext, door: string, files: Readonly<Record<string, string>>) {
  const service = await runCommand(t, `exec node --import ${door} app.js`, { cwd: await folderOf(t, files) });
  const [, port] = await service.line(/^listening on (\d+)$/);
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  return { service, get };
}

const OWN_ROUTE = `
  import { createServer } from 'node:http';
  import { register } from 'prom-client';
  createServer(async (_, response) => response.end(await register.metrics())).${LISTEN};
`;

test('the example of a changed import prints what prom-client prints', async (t) => {
  const before = CHANGED.replaceAll('pitot/prom-client', 'prom-client');
  assert.notEqual(CHANGED, before);
  const cwd = await folderOf(t, { 'changed.js': CHANGED, 'before.js': before });
  const printed = [];
  for (const name of ['changed.js', 'before.js']) {
    const program = await runCommand(t, `exec node ${name}`, { cwd });
    await program.ended();
    assert.equal(program.stderr, '');
    printed.push(program.stdout);
  }
  assert.match(printed[0] ?? '', /^orders_total\{channel="web"\} 1$/m);
  assert.equal(printed[0], printed[1]);
});

test('the command for dependencies starts a program whose prom-client is that of pitot', async (t) => {
  const server = `
    import { register } from 'prom-client';
    import { register as own } from 'pitot/prom-client';
    console.log(register === own);
  `;
  const cwd = await folderOf(t, { 'server.js': server });
  const program = await runCommand(t, guide.block('PITOT_PROM_CLIENT=replace'), { cwd });
  await program.ended();
  assert.match(program.stdout, /^true$/m, program.stderr);
});

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
  const old = await start(t, 'pitot/instrumentation', { 'app.js': BEFORE + OWN_ROUTE });
  const moved = await start(t, 'pitot/instrumentation', { 'app.js': AFTER + OWN_ROUTE });
  const expected = comparable(parseExposition(await old.get('/')), name);
  assert.equal(expected.lines.length, 6);
  assert.deepEqual(comparable(await moved.service.scrape(), name), expected);
});

test('the bridge of the guide serves what is still in the registry', async (t) => {
  const { service, get } = await start(t, 'pitot/instrumentation', {
    'app.js': `import './bridge.js';\n${BEFORE}${OWN_ROUTE}`,
    'bridge.js': BRIDGE,
  });
  const expected = comparable(parseExposition(await get('/')), 'job_duration_seconds');
  assert.deepEqual(comparable(await service.scrape(), 'job_duration_seconds'), expected);
});

test('the view of the guide counts what express-prom-bundle counts, under its name', async (t) => {
  const name = 'http_request_duration_seconds';
  const { service, get } = await start(t, './instrumentation.js', {
    'instrumentation.js': guide.block('http_request_duration'),
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

// A test and not a hook: where failed tests run again, those that passed do not.
test('every block of code was run', () => {
  assert.deepEqual(guide.left, []);
});
