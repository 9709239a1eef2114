import assert from 'node:assert/strict';
import { test } from 'node:test';
import axe from 'axe-core';
import type { Frame, MetricView } from '../../../src/hub/page/wire.ts';
import { skipWithout } from '../../harness/programs.ts';
import { gauge } from '../../hub/expose/helpers/metrics.ts';
import { open, startBrowser } from '../../hub/page/helpers/browser.ts';
import { requests, sampled } from '../../hub/page/helpers/ring.ts';
import { serveFrame } from '../../hub/page/helpers/served.ts';

/** The page of services that are unlike the example of the other tests. */

const WIDTHS = [390, 768, 1440];

const heap = gauge({ name: 'v8js.memory.heap.used', unit: 'By' }, [{}, 5e7]);

/** Nothing happens in it. */
function idle(): Frame {
  const service = sampled();
  service.tick(heap);
  return service.tick(heap);
}

function failing(): Frame {
  const service = sampled({
    stalls: () => [
      {
        ...{ pid: 4711, time: new Date(1_800_000_001_000).toISOString(), seconds: 1.5, isOver: true },
        ...{ thread: 'main', stack: [{ function: 'hashPassword', file: 'src/users.js', line: 20 }] },
        routes: [{ method: 'POST', route: '/users' }],
      },
    ],
  });
  service.tick(heap, requests(['/users', 0, 500], ['/users', 0, 404]));
  return service.tick(heap, requests(['/users', 30, 500], ['/users', 9, 404]));
}

const LONG = 'organisations/:organisation/projects/:project/environments/:environment';

/** It has many routes with long names. */
function longNames(): Frame {
  const service = sampled();
  const routes = (count: number) =>
    requests(...Array.from({ length: 60 }, (_, i) => [`/${LONG}/${i}`, count * 123_456_789] as const));
  service.tick(heap, routes(1));
  return service.tick(heap, routes(2));
}

function severalProcesses(): Frame {
  const frame = sampled().tick(heap, requests(['/', 1]));
  return {
    ...frame,
    processes: [4711, 4712, 4713],
    health: { ...frame.health, processes: 3, stale: 1, threads: 12 },
  };
}

const SERVICES = { idle, failing, 'long names': longNames, 'several processes': severalProcesses };

const METRICS = Array.from({ length: 80 }, (_, i): MetricView => {
  const name = `${LONG.replaceAll('/', '.').replaceAll(':', '')}.metric.number${i}`;
  return {
    ...{ key: name, name, type: 'gauge', unit: 'By', description: name, prometheus: name },
    ...{ series: 2000, isOverflowing: i % 2 === 0, attributes: [[LONG, 2000]] },
  };
});

for (const [kind, frameOf] of Object.entries(SERVICES)) {
  test(`the page fits phones, tablets and screens, and axe finds no faults, in both themes: ${kind}`, {
    skip: skipWithout('chromium'),
  }, async (t) => {
    const browser = await startBrowser(t);
    const address = await serveFrame(t, frameOf(), METRICS);
    const tabs = kind === 'long names' ? ['overview', 'metrics', 'cardinality'] : ['overview'];
    for (const [colorScheme, checked] of [
      ['light', 390],
      ['dark', 1440],
    ] as const) {
      for (const tab of tabs) {
        // The page's own policy would not let the checker in.
        const options = { colorScheme, bypassCSP: true };
        const { page, complaints } = await open(browser, `${address}#${tab}`, options);
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 900 });
          const shown: number = await page.evaluate('document.documentElement.scrollWidth');
          assert.ok(shown <= width, `${colorScheme} #${tab} is ${shown} wide of ${width}`);
        }
        await page.setViewportSize({ width: checked, height: 900 });
        await page.evaluate(axe.source);
        const faults: string[] = await page.evaluate(`axe.run().then(({ violations }) =>
          violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).slice(0, 3).join(' ')))`);
        assert.deepEqual(faults, [], `${colorScheme} #${tab} at ${checked}`);
        assert.deepEqual(complaints, []);
        await page.context().close();
      }
    }
  });
}

test('the head of the page is there before any number', { skip: skipWithout('chromium') }, async (t) => {
  const browser = await startBrowser(t);
  const page = await (await browser.newContext()).newPage();
  // A hub that never answers with numbers, and the page's script, which does not arrive either.
  await page.route(/page\/(events|page\.js)/, () => {});
  await page.goto(await serveFrame(t, idle()), { waitUntil: 'commit' });
  await page.getByText('Connecting').waitFor();
  const isPainted = () =>
    page.evaluate(`performance.getEntriesByName('first-contentful-paint').length > 0 ||
      new Promise((resolve) => new PerformanceObserver(() => resolve(true)).observe({ type: 'paint' }))`);
  assert.equal(await isPainted(), true);
});
