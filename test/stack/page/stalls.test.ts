import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import axe from 'axe-core';
import type { StallReport } from '../../../src/hub/stalls/report.ts';
import { skipWithout } from '../../harness/programs.ts';
import { startStallingService } from '../../harness/stalling-service.ts';
import { histogram, resourceMetrics, scope } from '../../hub/expose/helpers/metrics.ts';
import { open, rowsOf, startBrowser } from '../../hub/page/helpers/browser.ts';
import { requests } from '../../hub/page/helpers/ring.ts';
import { servePage } from '../../hub/page/helpers/served.ts';

describe('stalls on the page', { skip: skipWithout('chromium') }, () => {
  test('a stall is named above the charts with its function, and a click leads to its stack', async (t) => {
    const { service, block, lastStall } = await startStallingService(t);
    const { page, complaints } = await open(
      await startBrowser(t),
      new URL('/', await service.endpoint()).href,
    );
    await block('/regexp');
    await lastStall();
    await page.getByText('Stalls in this time:').waitFor();
    await page.getByRole('link', { name: /^\d\d:\d\d:\d\d, [\d.]+.s in checkName$/ }).click();
    const [row] = await rowsOf(page, 'Last stalls');
    assert.match(
      row?.Stack ?? '',
      /^checkName \(test\/e2e\/fixtures\/stalls\.mjs:\d+\)\n.*\ncalling RegExp\.test$/s,
    );
    assert.equal(row?.Thread, 'main');
    assert.equal(row?.['Requests that waited'], 'GET');
    assert.equal(await page.locator('tr:target').count(), 1);
    assert.deepEqual(complaints, []);
  });

  test("a route's view marks the stalls of its time, and leads to them", async (t) => {
    const { page } = await open(await startBrowser(t), await serving(t, { stalls: oneStall() }));
    await page.getByRole('link', { name: '/users', exact: true }).click();
    await page.getByRole('heading', { name: 'GET /users' }).waitFor();
    await page.getByRole('link', { name: /in hashPassword$/ }).click();
    await page.getByText('hashPassword (src/users.js:20)').waitFor();
  });

  test('axe finds no accessibility faults in the view of a route with stalls, in both themes', async (t) => {
    const browser = await startBrowser(t);
    const address = await serving(t, { stalls: oneStall() });
    for (const colorScheme of ['light', 'dark'] as const) {
      const view = `${address}#operation=${encodeURIComponent('["http","GET","/users"]')}`;
      // The page's own policy would not let the checker in.
      const { page } = await open(browser, view, { colorScheme, bypassCSP: true });
      await page.getByRole('img', { name: /^Latency heat map/ }).waitFor();
      await page.getByRole('table', { name: 'Last stalls' }).waitFor();
      await page.evaluate(axe.source);
      const faults: string[] = await page.evaluate(`axe.run().then(({ violations }) =>
        violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).slice(0, 3).join(' ')))`);
      assert.deepEqual(faults, [], colorScheme);
    }
  });

  test("a route's view has the queries of its time if requests failed in it or the loop stood still", async (t) => {
    const browser = await startBrowser(t);
    for (const [given, title] of [
      [{ stalls: oneStall() }, /in which the event loop stood still$/],
      [{ failed: 1 }, /in which requests failed$/],
    ] as const) {
      const { page } = await open(browser, await serving(t, given));
      await page.getByRole('link', { name: '/users', exact: true }).click();
      await page.getByRole('heading', { name: title }).waitFor();
      await page.getByText(/^\d\d:\d\d:\d\d – \d\d:\d\d:\d\d; Total and Failed since the start$/).waitFor();
      const [query] = await rowsOf(page, 'Queries');
      assert.equal(query?.Operation, 'SELECT');
      await page.context().close();
    }
    const { page } = await open(browser, await serving(t, {}));
    await page.getByRole('link', { name: '/users', exact: true }).click();
    await page.getByRole('img', { name: /^Errors: failed 0/ }).waitFor();
    assert.equal(await page.getByRole('table', { name: 'Queries' }).count(), 0);
  });
});

/** The page of a service with a route and a database. @param failed of 5 requests in each sample */
function serving(
  t: TestContext,
  { failed = 0, stalls = [] }: { readonly failed?: number; readonly stalls?: StallReport['stalls'] },
): Promise<string> {
  let n = 0;
  const collect = (): CollectionResult => {
    n++;
    const counts = { boundaries: [0.005, 0.5], counts: [0, n, 0], sum: n * 0.01 };
    const metrics = [
      requests(['/users', (5 - failed) * n], ['/users', failed * n, 500]),
      histogram({ name: 'db.client.operation.duration', unit: 's' }, [
        { 'db.system.name': 'postgresql', 'db.operation.name': 'SELECT' },
        counts,
      ]),
    ];
    return {
      resourceMetrics: resourceMetrics({ 'service.name': 'shop' }, scope('s', ...metrics)),
      errors: [],
    };
  };
  return servePage(t, collect, { stalls: () => ({ stalls }) });
}

function oneStall(): StallReport['stalls'] {
  const place = { function: 'hashPassword', file: 'src/users.js', line: 20 };
  return [
    {
      ...{ pid: 4711, time: new Date(Date.now() - 2000).toISOString(), seconds: 1.5, isOver: true },
      ...{ thread: 'main', cause: { ...place, isNative: true, share: 1 }, stack: [place] },
      routes: [{ method: 'POST', route: '/users' }],
    },
  ];
}
