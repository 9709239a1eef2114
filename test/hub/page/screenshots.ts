/**
 * Photographs the page of the example for the README: `node test/hub/page/screenshots.ts`. It takes two minutes,
 * in which the example has traffic.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { BrowserContextOptions } from 'playwright-core';
import type { Lifetime } from '../../harness/lifetime.ts';
import { REPOSITORY } from '../../harness/service.ts';
import { open, startBrowser } from './helpers/browser.ts';
import { startExample } from './helpers/example.ts';

const FOLDER = join(REPOSITORY, 'docs/images');
/** Milliseconds in which the charts fill. */
const HISTORY = 120_000;

const DURATION = encodeURIComponent('["http.server.request.duration","s","histogram"]');
const SIZE = { width: 1280, height: 860 };
const PICTURES: readonly (readonly [name: string, fragment: string, options: BrowserContextOptions])[] = [
  ['page-light', '', { viewport: SIZE, colorScheme: 'light' }],
  ['page-dark', '', { viewport: SIZE, colorScheme: 'dark' }],
  ['page-metric', `#metrics=${DURATION}`, { viewport: SIZE, colorScheme: 'light' }],
  [
    'page-phone',
    '',
    { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, colorScheme: 'light' },
  ],
];

const ends: (() => void | Promise<void>)[] = [];
const lifetime: Lifetime = { after: (end) => void ends.push(end) };
try {
  await mkdir(FOLDER, { recursive: true });
  const { address } = await startExample(lifetime, { TRAFFIC: '30' });
  const browser = await startBrowser(lifetime);
  // Somebody looks from the beginning.
  await open(browser, address);
  await pause(HISTORY);
  for (const [name, fragment, options] of PICTURES) {
    const { page } = await open(browser, address + fragment, options);
    await page.getByRole('img').first().waitFor();
    await pause(500);
    await page.screenshot({ path: join(FOLDER, `${name}.png`) });
    await page.context().close();
  }
} finally {
  for (const end of ends.reverse()) await end();
}
