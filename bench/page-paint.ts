/**
 * How long the page of a large service takes to appear: `node bench/page-paint.ts`.
 *
 * A service with 5,000 metrics and 50,000 series, and a small one for comparison, have a viewer already, so that their
 * samples exist and go on being taken. Chromium loads the page again and again, each time in a new window without a
 * cache: the time of the first contentful paint, and of the first numbers; and on the tab of all metrics the time of the
 * drawn list. Times count from the navigation. For comparison it loads a page of one word, without style or script, from
 * a server that does nothing else. Needs `npm run build` and Chromium before it.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { found } from './load.ts';
import { table, writeResults } from './results.ts';
import { spreadOf, withQuartiles } from './statistics.ts';

const REPOSITORY = join(import.meta.dirname, '..');
const ROUNDS = 11;

const SIZES = { small: 10, large: 5000 } as const;
const services = { small: await start(SIZES.small), large: await start(SIZES.large) };

const oneWord = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<title>one</title><p>word</p>');
}).listen(0, '127.0.0.1');
await once(oneWord, 'listening');
const address = oneWord.address();
if (typeof address !== 'object' || address === null) throw new Error('no address');

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const times = {
  small: { paint: [] as number[], numbers: [] as number[], list: [] as number[] },
  large: { paint: [] as number[], numbers: [] as number[], list: [] as number[] },
};
for (const { endpoint } of Object.values(services)) {
  const viewer = await browser.newPage();
  await viewer.goto(endpoint);
  await viewer.locator('.numbers').waitFor();
}
const least: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  least.push((await load(`http://127.0.0.1:${address.port}`, '', 'p')).paint);
  for (const size of round % 2 === 0 ? (['small', 'large'] as const) : (['large', 'small'] as const)) {
    const { endpoint } = services[size];
    const overview = await load(endpoint, '', '.numbers');
    times[size].paint.push(overview.paint);
    times[size].numbers.push(overview.appeared);
    times[size].list.push((await load(endpoint, '#metrics', '.list .name')).appeared);
  }
}
const firstFrame = await sizeOfFirstFrame(services.large.endpoint);
const listing = await fetch(`${services.large.endpoint}/page/metrics`);
const listed = Number((await listing.arrayBuffer()).byteLength);
await browser.close();
for (const { end } of Object.values(services)) end();

writeResults(
  'page-paint',
  `${table(
    [
      'milliseconds from the navigation: median (quartiles)',
      ...Object.values(SIZES).map((metrics) => `${metrics} metrics, ${10 * metrics} series`),
    ],
    (
      [
        ['first contentful paint', 'paint'],
        ['first numbers', 'numbers'],
        ['list of all metrics', 'list'],
      ] as const
    ).map(([title, what]) => [
      title,
      withQuartiles(spreadOf(times.small[what])),
      withQuartiles(spreadOf(times.large[what])),
    ]),
  )}

The page of one word paints after ${withQuartiles(spreadOf(least))} ms. Of the large service, the first frame has
${(firstFrame / 1e3).toFixed(0)} kB of JSON, and the list of metrics ${(listed / 1e6).toFixed(1)} MB before compression.`,
  ['playwright-core'],
);
process.exit(0);

async function start(metrics: number): Promise<{ endpoint: string; end(): void }> {
  const child = spawn(
    process.execPath,
    [
      '--import',
      pathToFileURL(join(REPOSITORY, 'dist/instrumentation.js')).href,
      join(REPOSITORY, 'bench/page-paint-service.ts'),
      String(metrics),
    ],
    {
      cwd: REPOSITORY,
      env: { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const end = () => {
    process.off('exit', end);
    child.kill('SIGKILL');
  };
  process.once('exit', end);
  const [endpoint] = await Promise.all([
    found(child.stderr, /http:\/\/[^\s/]+/),
    found(child.stdout, /ready/),
  ]);
  return { endpoint, end };
}

/** Milliseconds until the first paint, and until an element is there. */
async function load(
  endpoint: string,
  fragment: string,
  selector: string,
): Promise<{ paint: number; appeared: number }> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript({
    content: `new MutationObserver((_, observer) => {
      if (document.querySelector('${selector}') === null) return;
      observer.disconnect();
      performance.mark('appeared');
    }).observe(document, { childList: true, subtree: true })`,
  });
  await page.goto(endpoint + fragment);
  await page.locator(selector).first().waitFor();
  const timeOf = async (name: string) =>
    Number(await page.evaluate(`performance.getEntriesByName('${name}')[0]?.startTime`));
  const [paint, appeared] = [await timeOf('first-contentful-paint'), await timeOf('appeared')];
  await context.close();
  return { paint, appeared };
}

async function sizeOfFirstFrame(endpoint: string): Promise<number> {
  const response = await fetch(`${endpoint}/page/events`);
  const reader = response.body?.getReader();
  let text = '';
  while (reader !== undefined && !/data: .*\n\n/s.test(text)) {
    text += Buffer.from((await reader.read()).value ?? []).toString();
  }
  await reader?.cancel();
  return text.length;
}
