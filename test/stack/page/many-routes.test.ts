import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frame } from '../../../src/hub/page/wire.ts';
import { skipWithout } from '../../harness/programs.ts';
import { gauge } from '../../hub/expose/helpers/metrics.ts';
import { open, rowsOf, startBrowser, untilSo } from '../../hub/page/helpers/browser.ts';
import { requests, sampled } from '../../hub/page/helpers/ring.ts';
import { serveFrame } from '../../hub/page/helpers/served.ts';

/** A service with 150 routes, some with long names, on half a core. */
function manyRoutes(): Frame {
  const service = sampled();
  const routes = Array.from({ length: 150 }, (_, i) => `/organisations/:organisation/members.v${i}/accept`);
  const at = (n: number) => [
    requests(...routes.map((route, i) => [route, n * i] as const)),
    gauge({ name: 'container.cpu.limit' }, [{}, 0.5]),
    gauge({ name: 'v8js.memory.heap.used', unit: 'By' }, [{}, 2 ** 25]),
    gauge({ name: 'container.memory.limit', unit: 'By' }, [{}, 2 ** 33]),
    gauge({ name: 'nodejs.eventloop.utilization' }, [{}, 0.25]),
  ];
  service.tick(...at(1));
  return service.tick(...at(2));
}

test('a filter finds routes by words, sections are a click away, and headings stay in sight', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const { page, complaints } = await open(await startBrowser(t), await serveFrame(t, manyRoutes()));
  assert.equal((await rowsOf(page, 'Routes')).length, 150);
  const routes = page.getByRole('table', { name: 'Routes' });
  await routes.locator('tbody tr').nth(80).scrollIntoViewIfNeeded();
  const heading = await routes.getByRole('columnheader', { name: 'p95' }).boundingBox();
  assert.ok(heading !== null && heading.y >= 0 && heading.y < 100, `the heading is at ${heading?.y}`);
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Runtime' }).click();
  const runtime = await page.getByRole('heading', { name: 'Runtime' }).boundingBox();
  assert.ok(runtime !== null && runtime.y >= 0 && runtime.y < 900, `the section is at ${runtime?.y}`);
  await page.getByRole('searchbox', { name: 'Filter Routes' }).fill('V14 get');
  assert.deepEqual(
    (await rowsOf(page, 'Routes')).map(({ Route }) => /v(\d+)/.exec(Route ?? '')?.[1]),
    ['149', '148', '147', '146', '145', '144', '143', '142', '141', '140', '14'],
  );
  assert.deepEqual(complaints, []);
});

test('routes without requests in the last minute are a click away, and those with requests in sight', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const service = sampled();
  const at = (n: number) =>
    requests(
      ...Array.from({ length: 80 }, (_, i) => [`/cold/${i}`, 1] as const),
      ...Array.from({ length: 30 }, (_, i) => [`/warm/${i}`, n * (i + 1)] as const),
    );
  service.tick(at(1));
  const { page, complaints } = await open(await startBrowser(t), await serveFrame(t, service.tick(at(2))));
  const routes = async () => (await rowsOf(page, 'Routes')).map(({ Route }) => Route ?? '');
  assert.equal((await routes()).length, 30);
  assert.ok((await routes()).every((route) => route.startsWith('/warm/')));
  await page.getByRole('button', { name: 'Show 80 more without operations in the last minute' }).click();
  assert.equal((await routes()).length, 110);
  await page.getByRole('button', { name: 'Hide 80 more' }).click();
  await page.getByRole('searchbox', { name: 'Filter Routes' }).fill('cold 7');
  assert.ok((await routes()).includes('/cold/77'));
  assert.deepEqual(complaints, []);
});

test('a route that falls quiet stays in sight until the rows are sorted again', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const service = sampled();
  const at = (n: number) =>
    requests(...Array.from({ length: 40 }, (_, i) => [`/${i}`, n * (i + 1)] as const));
  service.tick(at(1));
  const busy = service.tick(at(2));
  const { promise: quiet, resolve } = Promise.withResolvers<Frame>();
  const { page } = await open(await startBrowser(t), await serveFrame(t, busy, [], quiet));
  const rates = async () => (await rowsOf(page, 'Routes')).map(({ Rate }) => Rate ?? '');
  assert.equal((await rates()).length, 40);
  // More than a minute without a request.
  for (let tick = 0; tick < 31; tick++) service.tick(at(2));
  resolve(service.tick(at(2)));
  await untilSo('the rates of the quiet minute', rates, ([first]) => first === '0/s');
  assert.equal((await rates()).length, 40);
  await page.getByRole('table', { name: 'Routes' }).getByRole('button', { name: 'Total' }).click();
  await page.getByRole('button', { name: 'Show 20 more without operations in the last minute' }).waitFor();
  assert.equal((await rates()).length, 20);
});

test('long names break after dots and slashes, and not within words', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const { page } = await open(await startBrowser(t), await serveFrame(t, manyRoutes()), {
    viewport: { width: 390, height: 844 },
  });
  const lines: string[] = await page.evaluate(`(() => {
    const link = document.querySelector('.operations .main a');
    const lines = [];
    let top;
    for (const node of link.childNodes) {
      if (node.nodeType !== 3) continue;
      const range = document.createRange();
      range.selectNode(node);
      const rects = new Set([...range.getClientRects()].map((rect) => rect.top));
      if (rects.size !== 1) lines.push('broken: ' + node.data);
      else if (rects.has(top)) lines.push(lines.pop() + node.data);
      else lines.push(node.data);
      [top] = rects;
    }
    return lines;
  })()`);
  assert.ok(lines.length > 1, lines.join(' | '));
  assert.ok(!lines.some((line) => line.startsWith('broken')), lines.join(' | '));
});
