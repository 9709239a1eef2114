/**
 * Photographs the page for the README: `node test/hub/page/screenshots.ts`. It shows the example, after two minutes of
 * traffic, and two shops: one whose event loop stood still, and one with a route that fails. Names of pictures as
 * arguments, such as `page-stall`, take only those.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { BrowserContextOptions } from 'playwright-core';
import sharp from 'sharp';
import type { Lifetime } from '../../harness/lifetime.ts';
import { REPOSITORY, startService } from '../../harness/service.ts';
import { open, startBrowser } from './helpers/browser.ts';
import { startExample } from './helpers/example.ts';

const FOLDER = join(REPOSITORY, 'docs/images');
/** Milliseconds in which the charts fill, of the example and of the shop. */
const HISTORY = 120_000;
const SHOP_HISTORY = 70_000;

const DURATION = encodeURIComponent('["http.server.request.duration","s","histogram"]');
const SIZE = { width: 1280, height: 860 };
type Picture = readonly [name: string, fragment: string, options: BrowserContextOptions];
const PICTURES: readonly Picture[] = [
  ['page-light', '', { viewport: SIZE, colorScheme: 'light' }],
  ['page-dark', '', { viewport: SIZE, colorScheme: 'dark' }],
  ['page-metric', `#metrics=${DURATION}`, { viewport: SIZE, colorScheme: 'light' }],
  [
    'page-phone',
    '',
    { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, colorScheme: 'light' },
  ],
];

const ROUTE = encodeURIComponent('["http","GET","/products/:id"]');
const SHOP_PICTURES: readonly Picture[] = [
  ['page-stall', `#operation=${ROUTE}`, { viewport: { width: 1280, height: 1060 }, colorScheme: 'light' }],
];
const HIDDEN_PICTURES: readonly Picture[] = [
  ['page-after', '', { viewport: { width: 1100, height: 800 }, colorScheme: 'light' }],
];

const wanted = process.argv.slice(2);
const ends: (() => void | Promise<void>)[] = [];
const lifetime: Lifetime = { after: (end) => void ends.push(end) };
try {
  await mkdir(FOLDER, { recursive: true });
  await photograph(PICTURES, HISTORY, async () => (await startExample(lifetime, { TRAFFIC: '30' })).address);
  await photograph(SHOP_PICTURES, SHOP_HISTORY, () => startShop('stalling.mjs'));
  // page-before.png is the same shop on the page's first version.
  await photograph(HIDDEN_PICTURES, SHOP_HISTORY, () => startShop('hidden-route.mjs'));
} finally {
  for (const end of ends.reverse()) await end();
}

async function startShop(fixture: string): Promise<string> {
  const env = { OTEL_SERVICE_NAME: 'shop', OTEL_RESOURCE_ATTRIBUTES: 'service.version=2.4.0' };
  const service = await startService(lifetime, { args: [`test/hub/page/fixtures/${fixture}`], env });
  return new URL('/', await service.endpoint()).href;
}

async function photograph(pictures: readonly Picture[], history: number, start: () => Promise<string>) {
  const chosen = pictures.filter(([name]) => wanted.length === 0 || wanted.includes(name));
  if (chosen.length === 0) return;
  const address = await start();
  const browser = await startBrowser(lifetime);
  // Somebody looks from the beginning.
  await open(browser, address);
  await pause(history);
  for (const [name, fragment, options] of chosen) {
    const { page } = await open(browser, address + fragment, options);
    await page.getByRole('img').first().waitFor();
    await pause(500);
    // With 128 colours the files are a third as large, and look the same.
    await sharp(await page.screenshot())
      .png({ palette: true, colours: 128, effort: 10 })
      .toFile(join(FOLDER, `${name}.png`));
    await page.context().close();
  }
}
