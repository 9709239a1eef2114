import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout } from '../../harness/programs.ts';
import { histogram, resourceMetrics, scope } from '../../hub/expose/helpers/metrics.ts';
import { open, startBrowser } from '../../hub/page/helpers/browser.ts';
import { requests } from '../../hub/page/helpers/ring.ts';
import { eventsOf, servePage } from '../../hub/page/helpers/served.ts';

/** A service with two routes, which grow with every collection. One of them has two statuses. */
function serving() {
  let n = 0;
  return () => {
    n++;
    const metric = requests(['/users/:id', 6 * n], ['/users/:id', 2 * n, 500], ['/health', n]);
    const sizes = histogram({ name: 'http.server.response.body.size', unit: 'By' }, [
      { 'http.request.method': 'GET', 'http.route': '/users/:id', 'http.response.status_code': 200 },
      { boundaries: [1024, 4096], counts: [0, 6 * n, 0], sum: n * 6 * 2048 },
    ]);
    return {
      resourceMetrics: resourceMetrics({ 'service.name': 'serving' }, scope('s', metric, sizes)),
      errors: [],
    };
  };
}

test('a click on a route opens its own view: its status codes, errors, latency and sizes, and the way back', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const { page, complaints } = await open(await startBrowser(t), await servePage(t, serving()));
  await page.getByRole('link', { name: '/users/:id' }).click();
  await page.getByRole('heading', { name: 'GET /users/:id' }).waitFor();
  await page
    .getByRole('img', { name: /^Requests by status code: 200 [\d,.]+.\/s, 500 [\d,.]+.\/s$/ })
    .waitFor();
  await page.getByRole('img', { name: /^Errors: failed 25.0?\u202f?%, 4xx 0/ }).waitFor();
  await page.getByRole('img', { name: /^Latency: p50 / }).waitFor();
  await page.getByRole('img', { name: /^Latency heat map: \d+ of \d+: 5.ms to 500.ms$/ }).waitFor();
  await page.getByRole('img', { name: /^Body sizes: response mean 2.KiB, response p95 / }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'GET /users/:id' }).waitFor();
  await page.getByRole('link', { name: 'All operations' }).click();
  await page.getByRole('table', { name: 'Routes' }).waitFor();
  assert.deepEqual(complaints, []);
});

test('a route with one status code has its name in the legend', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const { page } = await open(await startBrowser(t), await servePage(t, serving()));
  await page.getByRole('link', { name: '/health' }).click();
  const chart = page.getByRole('img', { name: /^Requests by status code: 200 [\d,.]+.\/s$/ });
  assert.match(await chart.locator('.legend').innerText(), /^200\s/);
});

test('a legend tells the bound of a quantile, as the table does', {
  skip: skipWithout('chromium'),
}, async (t) => {
  let n = 0;
  const address = await servePage(t, () => {
    n += 10;
    const buckets = { boundaries: [0.01, 10], counts: [n, 0, 0], sum: n / 1000 };
    return {
      resourceMetrics: resourceMetrics({}, scope('s', requests(['/quick', n, 200, buckets]))),
      errors: [],
    };
  });
  const { page } = await open(await startBrowser(t), address);
  const chart = page.getByRole('img', {
    name: /^Latency: p50 ≤.10.ms, p95 ≤.10.ms, p99 ≤.10.ms, mean 1.ms$/,
  });
  assert.match(await chart.locator('.legend').innerText(), /p50\s+≤.10.ms/);
  await page.getByRole('cell', { name: '≤\u202f10\u202fms' }).first().waitFor();
});

test('the view of a route has its history since before the click', async (t) => {
  const address = await servePage(t, serving());
  const all = eventsOf(t, `${address}page/events`);
  for (let i = 0; i < 3; i++) await all.next();
  const query = new URLSearchParams({ section: 'http', operation: '["GET","/users/:id"]' });
  const { value } = await eventsOf(t, `${address}page/events?${query}`).next();
  const { points, times } = value.frame;
  assert.ok(times.length >= 3);
  assert.ok((points['route-rate/0/500']?.filter((point) => point !== null).length ?? 0) >= 2);
});
