import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricView } from '../../../src/hub/page/wire.ts';
import type { Lifetime } from '../../harness/lifetime.ts';
import { skipWithout } from '../../harness/programs.ts';
import { gauge } from '../../hub/expose/helpers/metrics.ts';
import { open, rowsOf, startBrowser, untilSo } from '../../hub/page/helpers/browser.ts';
import { sampled } from '../../hub/page/helpers/ring.ts';
import { serveFrame } from '../../hub/page/helpers/served.ts';

/** The page of a service with 5,000 metrics of 10 series each. */
function serveHuge(lifetime: Lifetime): Promise<string> {
  const names = Array.from({ length: 5000 }, (_, i) => `metric.${String(i).padStart(4, '0')}`);
  const view = (name: string): MetricView => ({
    ...{ key: name, name, type: 'gauge', unit: '', description: '', prometheus: name },
    ...{ series: 10, isOverflowing: false, attributes: [['id', 10]] },
  });
  return serveFrame(lifetime, sampled().tick(gauge({ name: 'first' }, [{}, 1])), names.map(view));
}

test('a list of 5,000 metrics draws those in sight, scrolls to the last, and obeys the arrow keys', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const { page, complaints } = await open(await startBrowser(t), `${await serveHuge(t)}#metrics`);
  const list = page.getByRole('list', { name: 'Metrics' });
  await list.getByRole('link', { name: 'metric.0000' }).waitFor();
  assert.ok((await list.getByRole('link').count()) < 100);
  await page.keyboard.press('/');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const focused = () => page.evaluate<string>('document.activeElement.title');
  assert.equal(await focused(), 'metric.0001');
  for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowDown');
  assert.equal(await focused(), 'metric.0041');
  await page.evaluate(`document.querySelector('.list ul').scrollTop = 1e9`);
  await list.getByRole('link', { name: 'metric.4999' }).waitFor();
  assert.ok((await list.getByRole('link').count()) < 100);
  await page.keyboard.press('/');
  await page.keyboard.type('c.12');
  await page.getByText('100 of 5,000').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('article', { name: 'metric.1200' }).waitFor();
  assert.deepEqual(complaints, []);
});

test('the search of the cardinality tab finds a metric among 5,000', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const address = `${await serveHuge(t)}#cardinality`;
  const { page } = await open(await startBrowser(t), address);
  await page.getByRole('heading', { name: '50,000 series of 5,000 metrics' }).waitFor();
  await page.getByText('4,800 more metrics, with fewer series.').waitFor();
  await page.getByRole('searchbox').fill('4321');
  const metrics = async () => (await rowsOf(page, 'Series by metric')).map(({ Metric }) => Metric);
  await untilSo('the metric', metrics, ([name, ...rest]) => name === 'metric.4321' && rest.length === 0);
});
