import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout } from '../../harness/programs.ts';
import { resourceMetrics, scope } from '../../hub/expose/helpers/metrics.ts';
import { open, rowsOf, startBrowser, untilSo } from '../../hub/page/helpers/browser.ts';
import { type RouteSeries, requests } from '../../hub/page/helpers/ring.ts';
import { servePage } from '../../hub/page/helpers/served.ts';

test('a route that begins to fail after 260 others is on top at once, and the service is not healthy', {
  skip: skipWithout('chromium'),
}, async (t) => {
  let failures = 0;
  let visits = 1;
  const address = await servePage(t, () => {
    if (failures > 0) failures += 50;
    const cold = Array.from({ length: 260 }, (_, i): RouteSeries => [`/cold/${i}`, visits]);
    const metric = requests(...cold, ['/hot', failures, 500], ['', 1, 101]);
    return { resourceMetrics: resourceMetrics({ 'service.name': 'late' }, scope('s', metric)), errors: [] };
  });
  const { page, complaints } = await open(await startBrowser(t), address);
  const firstRow = () => page.getByRole('table', { name: 'Routes' }).locator('tbody tr').first().innerText();
  const state = () => page.getByRole('status').innerText();
  await untilSo('two samples', state, (text) => text === 'Healthy');
  visits++;
  await untilSo('rates of the cold routes', firstRow, (text) => /\/cold.*\s0\.\d+\/s/s.test(text));
  failures = 1;
  await untilSo('the failing route on top', firstRow, (text) => text.includes('/hot'));
  const rows = await rowsOf(page, 'Routes');
  assert.match(rows[0]?.Errors ?? '', /^100.%$/);
  assert.equal(rows.length, 201);
  assert.equal(rows.at(-1)?.Method, '(others)');
  assert.match(await untilSo('a verdict', state, (text) => text !== 'Healthy'), /^Failing: /);
  assert.deepEqual(complaints, []);
});
