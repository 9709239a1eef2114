import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { plotted } from '../../../page/plotted.ts';
import type { Frame } from '../../../src/hub/page/wire.ts';
import { skipWithout } from '../../harness/programs.ts';
import { resourceMetrics, scope } from '../../hub/expose/helpers/metrics.ts';
import { count, open, startBrowser, untilSo } from '../../hub/page/helpers/browser.ts';
import { requests, sampled } from '../../hub/page/helpers/ring.ts';
import { eventsOf, serveFrame, servePage } from '../../hub/page/helpers/served.ts';

/** A service with a history of 15 minutes, from 08:00 to 08:15 UTC. */
function quarterOfAnHour(): Frame {
  const service = sampled();
  for (let n = 1; n < 450; n++) service.tick(requests(['/', n * 4]));
  return service.tick(requests(['/', 1800]));
}

/** The times at the left and right ends of the chart of requests. */
async function endsOf(page: Page): Promise<string[]> {
  const chart = page.getByRole('img', { name: /^Requests: / });
  const box = await chart.locator('.u-over').boundingBox();
  assert.ok(box !== null);
  const times: string[] = [];
  for (const x of [box.x + 1, box.x + box.width - 1]) {
    await page.mouse.move(x, box.y + 20);
    times.push(await chart.locator('time').innerText());
  }
  await page.mouse.move(0, 0);
  return times;
}

async function drag(page: Page, from: number, to: number): Promise<void> {
  const box = await page
    .getByRole('img', { name: /^Latency: / })
    .locator('.u-over')
    .boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + box.width * from, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, box.y + 20, { steps: 5 });
  await page.mouse.up();
}

test('all charts show the selected range or the part that was dragged over, and tell the time at the cursor', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const address = await serveFrame(t, quarterOfAnHour());
  const { page, complaints } = await open(await startBrowser(t), address, { timezoneId: 'UTC' });
  const range = page.getByRole('group', { name: 'Time range' });
  assert.equal((await endsOf(page))[0], '08:00:08');
  for (const [name, first] of [
    ['1 min', '08:14:00'],
    ['5 min', '08:10:00'],
  ] as const) {
    await range.getByRole('button', { name, exact: true }).click();
    assert.equal((await endsOf(page))[0], first);
    assert.equal(await range.locator('[aria-pressed=true]').innerText(), name);
  }
  await drag(page, 0.2, 0.4);
  assert.deepEqual(await endsOf(page), ['08:11:00', '08:11:58']);
  await range.getByRole('button', { name: 'End zoom' }).click();
  assert.equal((await endsOf(page))[0], '08:10:00');
  assert.deepEqual(complaints, []);
});

test('a paused page stays as it is, and has everything when it goes on', {
  skip: skipWithout('chromium'),
}, async (t) => {
  let n = 0;
  const address = await servePage(t, () => ({
    resourceMetrics: resourceMetrics({}, scope('s', requests(['/', ++n]))),
    errors: [],
  }));
  const { page } = await open(await startBrowser(t), address);
  const shown = async () => count((await page.locator('#number-rate small').innerText()).split(' ')[0]);
  await page.getByRole('button', { name: 'Pause' }).click();
  const paused = await shown();
  const events = eventsOf(t, `${address}page/events`);
  for (let i = 0; i < 4; i++) await events.next();
  assert.equal(await shown(), paused);
  await page.getByRole('button', { name: 'Pause' }).click();
  await untilSo('the newest number', shown, (value) => value >= paused + 3);
});

test('on a long axis a point covers ten seconds: the mean of rates, the largest of gauges, the last of quantiles', () => {
  const times = Array.from({ length: 10 }, (_, i) => 20_000 + i * 2000);
  const points = new Map([['a', [1, 2, 3, 4, 5, null, null, 8, 6, null]]]);
  const lines = [{ id: 'a', label: 'a', isLimit: false }];
  const on = (over: number | null, axis: number) => plotted({ over, lines }, { times, points }, axis);
  assert.deepEqual(on(2, 900), { times: [28, 38], lines: [[3, 7]], over: 10 });
  assert.deepEqual(on(null, 900), { times: [28, 38], lines: [[5, 8]], over: null });
  assert.deepEqual(on(10, 900).lines, [[5, null]]);
  assert.deepEqual(on(2, 300).lines, [points.get('a')]);
});
