import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { runTraffic } from '../../../examples/workflow-service/traffic.ts';
import { lifetimeOfSuite } from '../../harness/lifetime.ts';
import { skipWithout } from '../../harness/programs.ts';
import { open, startBrowser, untilSo } from '../../hub/page/helpers/browser.ts';
import { startExample, TOKEN } from '../../hub/page/helpers/example.ts';

const DURATION = '["http.server.request.duration","s","histogram"]';
const ROUTE = encodeURIComponent('["http","POST","/orgs/:org/runs"]');
const TABS = [
  'overview',
  `operation=${ROUTE}`,
  'metrics',
  `metrics=${encodeURIComponent(DURATION)}`,
  'cardinality',
];
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

describe('the page, as it looks and feels', { skip: skipWithout('chromium') }, () => {
  const lifetime = lifetimeOfSuite();
  let browser: Browser;
  let address: string;

  before(async () => {
    let example: string;
    ({ address, example } = await startExample(lifetime));
    browser = await startBrowser(lifetime);
    const traffic = runTraffic({
      url: example,
      token: TOKEN,
      rounds: Number.POSITIVE_INFINITY,
      rate: 20,
      signal: stop.signal,
    });
    lifetime.after(async () => {
      stop.abort();
      await (await traffic).close();
    });
  });
  const stop = new AbortController();

  test('the page has the theme of the system, or the one that the user chose before', async () => {
    const { page } = await open(browser, address, { colorScheme: 'dark' });
    const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const dark = await ground();
    await page.getByRole('button', { name: 'Use the light theme' }).click();
    const light = await ground();
    assert.notEqual(light, dark);
    await page.reload();
    await page.getByRole('button', { name: 'Use the dark theme' }).waitFor();
    assert.equal(await ground(), light);
    await page.context().close();
  });

  test('nothing sticks out of a narrow screen', async () => {
    for (const tab of TABS) {
      const { page } = await open(browser, `${address}#${tab}`, PHONE);
      await page.waitForSelector('main *');
      const width: number = await page.evaluate('document.documentElement.scrollWidth');
      assert.ok(width <= PHONE.viewport.width, `#${tab} is ${width} wide`);
      await page.context().close();
    }
  });

  test('axe finds no accessibility faults, in both themes, on every tab', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const tab of TABS) {
        // The page's own policy would not let the checker in.
        const { page } = await open(browser, `${address}#${tab}`, { colorScheme, bypassCSP: true });
        if (tab.startsWith('metrics=')) await page.getByRole('img').first().waitFor();
        await page.evaluate(axe.source);
        const faults: string[] = await page.evaluate(`axe.run().then(({ violations }) =>
          violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).slice(0, 3).join(' ')))`);
        assert.deepEqual(faults, [], `${colorScheme} #${tab}`);
        await page.context().close();
      }
    }
  });

  test('every line of the latency chart has its name beside it, on a narrow screen too', async () => {
    for (const options of [PHONE, { viewport: { width: 1024, height: 800 } }]) {
      const { page } = await open(browser, address, options);
      const chart = page.getByRole('img', { name: /^Latency: / }).first();
      for (const name of ['p50', 'p95', 'p99', 'mean']) {
        const label = await chart.locator('.legend-label', { hasText: name }).boundingBox();
        assert.ok((label?.width ?? 0) >= 18, `${name} is ${label?.width} wide`);
      }
      await page.context().close();
    }
  });

  test('the keyboard reaches every control', async () => {
    const { page } = await open(browser, address);
    const reached = new Set<string>();
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab');
      reached.add(
        await page.evaluate('document.activeElement.ariaLabel || document.activeElement.textContent'),
      );
    }
    for (const name of [
      'Overview',
      'Metrics',
      'Cardinality',
      'Use the dark theme',
      'Runtime',
      '5 min',
      'Pause',
      'Filter Routes',
      'Route',
      'Rate',
      'p95',
    ]) {
      assert.ok(reached.has(name), `${name} among ${[...reached].join(', ')}`);
    }
    await page.context().close();
  });

  test('nothing moves while numbers change, between two sortings', async () => {
    const { page } = await open(browser, address);
    await page.getByRole('table', { name: 'Workflows' }).waitFor();
    await untilSo(
      'rates, by which rows are then sorted',
      () => page.locator('#number-rate .value').innerText(),
      (text) => text !== '–',
    );
    const shifts: string[] = await page.evaluate(`new Promise((resolve) => {
      const shifts = [];
      new PerformanceObserver((list) => {
        for (const { sources } of list.getEntries()) {
// Text that is aligned to the right begins elsewhere when it is longer, which is no harm.
          for (const { node } of sources) if (node?.nodeType !== 3) shifts.push(node?.outerHTML.slice(0, 200));
        }
      }).observe({ type: 'layout-shift' });
      setTimeout(resolve, 5000, shifts);
    })`);
    assert.deepEqual(shifts, []);
    await page.context().close();
  });
});
