import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Lifetime } from '../../../harness/lifetime.ts';
import { program } from '../../../harness/programs.ts';
import { until } from '../../../harness/until.ts';

/** A real browser, without a window. */

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function startBrowser(lifetime: Lifetime): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: program('chromium'), args: ARGUMENTS });
  lifetime.after(() => browser.close());
  return browser;
}

export interface View {
  readonly page: Page;
  /** Errors and warnings on the browser's console, and uncaught exceptions. */
  readonly complaints: readonly string[];
}

/** Opens the page in its own window, and waits for its first numbers or its list. */
export async function open(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<View> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address);
  await page.waitForSelector('.live > main:not([aria-busy])');
  return { page, complaints };
}

/** Each row of a table as the texts of its cells, by the texts of the table's header. */
export async function rowsOf(page: Page, caption: string): Promise<Record<string, string>[]> {
  const table = page.getByRole('table', { name: caption, exact: true });
  const titles = await table.locator('thead th').allInnerTexts();
  const rows = await table.locator('tbody tr').all();
  const texts = await Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
  return texts.map((cells) => Object.fromEntries(titles.map((title, i) => [title, cells[i]?.trim() ?? ''])));
}

/** A count as the page writes it. */
export function count(text: string | undefined): number {
  return Number((text ?? '').replaceAll(',', ''));
}

/** The value of the probe once `accept` returns true for it. */
export function untilSo<T>(what: string, probe: () => Promise<T>, accept: (value: T) => boolean): Promise<T> {
  let last: T | undefined;
  return until(
    async () => {
      last = await probe();
      return accept(last) ? last : undefined;
    },
    { what, instead: () => JSON.stringify(last) },
  );
}
