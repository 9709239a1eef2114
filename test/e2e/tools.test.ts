import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { value } from '../harness/samples.ts';
import { DOOR, type ServiceOptions, startService } from '../harness/service.ts';
import type { ReportedStall, StallReport } from '../harness/stalling-service.ts';
import { until } from '../harness/until.ts';

async function start(t: TestContext, options: Partial<ServiceOptions> = {}) {
  const service = await startService(t, { args: ['test/e2e/fixtures/tools.mjs'], ...options });
  const [, port] = await service.line(/^listening on (\d+)$/);
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  const endpoint = await service.endpoint();
  const get = async (path: string) => await fetch(new URL(path, endpoint));
  return { service, ask, get };
}

/** A debugger, which speaks the protocol of the inspector. */
async function attach(t: TestContext, url: string) {
  const socket = new WebSocket(url);
  t.after(() => socket.close());
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  const { promise: paused, resolve: hasPaused } = Promise.withResolvers<unknown>();
  const answers = new Map<number, (answer: unknown) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, method, params, result } = JSON.parse(String(data));
    if (method === 'Debugger.paused') hasPaused(params.callFrames[0]?.functionName);
    answers.get(id)?.(result);
  });
  let id = 0;
  const send = (method: string, params: object = {}) =>
    new Promise<unknown>((resolve) => {
      answers.set(++id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
  return { send, paused };
}

for (const [when, nodeArgs] of [
  ['from the start on', ['--inspect=127.0.0.1:0', ...DOOR]],
  ['later', DOOR],
] as const) {
  test(`at a breakpoint of a debugger that listens ${when} the endpoint answers, and the stall has no cause`, async (t) => {
    const { service, ask, get } = await start(t, { nodeArgs });
    const url = when === 'later' ? await ask('/inspect') : (await service.line(/ws:\S+/))[0];
    const { send, paused } = await attach(t, url);
    await send('Debugger.enable');
    // The line of `ticks.add(1)`, counted from 0.
    await send('Debugger.setBreakpointByUrl', { lineNumber: 9, urlRegex: '.*/tools.mjs' });
    assert.equal(await paused, 'ticked');

    const last = () =>
      until(
        async () => {
          const { stalls } = (await (await get('/stalls')).json()) as StallReport;
          return stalls.find((stall): stall is ReportedStall => stall.unexplained !== undefined);
        },
        { what: 'the stall' },
      );
    const stall = await last();
    assert.match(stall.unexplained ?? '', /debugger/);
    assert.equal(stall.cause, undefined);
    assert.equal((await get('/livez')).status, 200);
    const first = value((await service.scrape()).samples, 'ticks_total');
    await send('Debugger.disable');
    await until(async () => value((await service.scrape()).samples, 'ticks_total') > first + 5 || undefined, {
      what: 'the application to go on',
    });
    assert.equal((await last()).cause, undefined);
  });
}

test('coverage of the application is written, and the endpoint serves meanwhile', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-coverage-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { service, ask } = await start(t, { env: { NODE_V8_COVERAGE: folder } });
  await service.scrape();
  await ask('/exit');
  assert.deepEqual(await service.ended(), { code: 0, signal: null });
  const files = await readdir(folder);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  for (const text of texts) JSON.parse(text);
  assert.ok(texts.some((text) => text.includes('/fixtures/tools.mjs')));
  assert.doesNotMatch(service.stderr, /^pitot: (?:warning|error)/m);
});

test('while heap snapshots are taken, scrapes are answered and counts are exact', async (t) => {
  const { service, ask } = await start(t);
  let isOver = false;
  const snapshots = (async () => {
    for (let i = 0; i < 3; i++) assert.ok(Number(await ask('/heap')) > 1_000_000);
    isOver = true;
  })();
  let scrapes = 0;
  let before = 0;
  while (!isOver) {
    const now = value((await service.scrape()).samples, 'ticks_total');
    assert.ok(now >= before);
    before = now;
    scrapes++;
  }
  await snapshots;
  assert.ok(scrapes > 0);
});
