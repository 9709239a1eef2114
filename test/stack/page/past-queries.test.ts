import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import type { Page } from 'playwright-core';
import type { Ring } from '../../../src/hub/page/ring.ts';
import type { ProcessStall } from '../../../src/hub/stalls/report.ts';
import { skipWithout } from '../../harness/programs.ts';
import { type GivenHistogram, histogram } from '../../hub/expose/helpers/metrics.ts';
import { open, rowsOf, startBrowser, untilSo } from '../../hub/page/helpers/browser.ts';
import { requests, sampled } from '../../hub/page/helpers/ring.ts';
import { serveHistory } from '../../hub/page/helpers/served.ts';

/** 08:00 UTC, when the history of {@link tenMinutes} begins. */
const EIGHT = 1_800_000_000_000;

/**
 * Ten minutes of a route with ten requests and SELECTs in each two seconds. In the fifth minute, half of the requests
 * fail and there are UPDATEs too; in the ninth, the event loop stands still for three seconds.
 */
function tenMinutes(): Ring {
  const time = new Date(EIGHT + 8.5 * 60_000).toISOString();
  const stalled: ProcessStall = {
    ...{ pid: 1, time, seconds: 3, isOver: true, thread: 'main', routes: [] },
    cause: { function: 'sumUp', file: 'sums.js', line: 4, isNative: false, share: 1 },
    stack: [{ function: 'sumUp', file: 'sums.js', line: 4, column: 2 }],
  };
  const service = sampled({ stalls: () => [stalled] });
  const query = (operation: string, count: number): [Attributes, GivenHistogram] => [
    { 'db.system.name': 'postgresql', 'db.operation.name': operation, 'db.collection.name': 'orders' },
    { boundaries: [0.004, 0.006], counts: [0, count, 0], sum: count * 0.005 },
  ];
  for (let tick = 0; tick < 299; tick++) {
    const failed = 5 * Math.min(Math.max(0, tick - 120), 30);
    service.tick(
      requests(['/orders', 10 * tick - failed], ['/orders', failed, 500]),
      histogram(
        { name: 'db.client.operation.duration', unit: 's' },
        query('SELECT', 10 * tick),
        query('UPDATE', failed),
      ),
    );
  }
  return service.ring;
}

test("a route's view has the queries of the time that is dragged over, if requests failed in it or the event loop stood still", {
  skip: skipWithout('chromium'),
}, async (t) => {
  const address = await serveHistory(t, tenMinutes());
  const { page, complaints } = await open(await startBrowser(t), address, { timezoneId: 'UTC' });
  await page.getByRole('link', { name: '/orders' }).click();
  const queries = page.getByRole('region', { name: /^Queries of the time shown/ });
  const section = async () => ({ heading: await queries.locator('h2').innerText(), rows: await shown() });
  const shown = async () =>
    (await rowsOf(page, 'Queries')).map(({ Operation, Rate }) => `${Operation} ${Rate?.replace(/\s/g, ' ')}`);
  const until = (heading: RegExp, rows: readonly string[]) =>
    untilSo('the queries of that time', section, (now) => {
      return heading.test(now.heading) && JSON.stringify(now.rows) === JSON.stringify(rows);
    });
  const range = page.getByRole('group', { name: 'Time range' });

  await until(/in which requests failed$/, ['SELECT 5/s', 'UPDATE 0.25/s']);
  await drag(page, [4.25, 4.75]);
  await until(/in which requests failed$/, ['SELECT 5/s', 'UPDATE 2.5/s']);
  await range.getByRole('button', { name: 'End zoom' }).click();
  await drag(page, [1, 3]);
  await queries.waitFor({ state: 'detached' });
  await range.getByRole('button', { name: 'End zoom' }).click();
  await drag(page, [8, 9]);
  await until(/in which the event loop stood still$/, ['SELECT 5/s']);
  await page.getByText('Stalls in this time:').waitFor();
  await range.getByRole('button', { name: '1 min', exact: true }).click();
  await queries.waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);
});

/** Drags over the latency from one minute of ten to another. */
async function drag(page: Page, [from, to]: readonly [number, number]): Promise<void> {
  const chart = page.getByRole('img', { name: /^Latency: p50/ }).first();
  const box = await chart.locator('.u-over').boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + (box.width * from) / 10, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + (box.width * to) / 10, box.y + 20, { steps: 5 });
  await page.mouse.up();
}
