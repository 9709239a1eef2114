import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { runTraffic, type Traffic } from '../../../examples/workflow-service/traffic.ts';
import type { TrafficReport } from '../../../examples/workflow-service/traffic-report.ts';
import { freePort } from '../../harness/free-port.ts';
import { lifetimeOfSuite } from '../../harness/lifetime.ts';
import { skipWithout } from '../../harness/programs.ts';
import { startService } from '../../harness/service.ts';
import { count, open, rowsOf, startBrowser, untilSo, type View } from '../../hub/page/helpers/browser.ts';
import { startExample, TOKEN } from '../../hub/page/helpers/example.ts';

describe('the page of the loaded example', { skip: skipWithout('chromium') }, () => {
  const lifetime = lifetimeOfSuite();
  let browser: Browser;
  let address: string;
  let example: string;
  let traffic: Traffic;
  let reports: readonly TrafficReport[];
  let view: View;

  before(async () => {
    ({ address, example } = await startExample(lifetime));
    browser = await startBrowser(lifetime);
    // Half of the traffic comes before the first viewer.
    const before = await runTraffic({ url: example, token: TOKEN, rounds: 2 });
    await before.close();
    view = await open(browser, address);
    traffic = await runTraffic({ url: example, token: TOKEN, rounds: 4, leaveOpen: 3 });
    lifetime.after(() => traffic.close());
    reports = [before.report, traffic.report];
    await untilSo(
      'all requests to be on the page',
      () => view.page.locator('#number-rate small').innerText(),
      (text) => count(text.split(' ')[0]) === requests(),
    );
  });

  function requests(): number {
    return reports.flatMap(({ requests }) => requests.toJSON()).reduce((sum, { count }) => sum + count, 0);
  }

  test('routes have the requests and failures that the traffic made', async () => {
    const made = new Map<string, { total: number; failed: number }>();
    let elsewhere = 0;
    for (const { method, route, status, count } of reports.flatMap(({ requests }) => requests.toJSON())) {
      if (route === null) {
        elsewhere += count;
        continue;
      }
      const known = made.get(`${method} ${route}`) ?? { total: 0, failed: 0 };
      known.total += count;
      if (status >= 500) known.failed += count;
      made.set(`${method} ${route}`, known);
    }
    const shown = new Map<string, { total: number; failed: number }>();
    let without = 0;
    for (const { Method, Route, Total, Failed } of await rowsOf(view.page, 'Routes')) {
      // A middleware that ended a request early has no route of its own; its mount path may stand for it.
      if (Route === 'none' || Route === 'WebSocket' || Route === '/admin') without += count(Total);
      else shown.set(`${Method} ${Route}`, { total: count(Total), failed: count(Failed) });
    }
    assert.deepEqual(
      Object.fromEntries([...shown].sort(([a], [b]) => a.localeCompare(b))),
      Object.fromEntries([...made].sort(([a], [b]) => a.localeCompare(b))),
    );
    assert.equal(without, elsewhere);
    assert.equal(
      count((await view.page.locator('#number-errors small').innerText()).split(' ')[0]),
      [...made.values()].reduce((sum, { failed }) => sum + failed, 0),
    );
  });

  test('database operations and workflows are those that the traffic led to', async () => {
    const operations: Record<string, number> = {};
    for (const { operation, collection, count } of reports.flatMap(({ operations }) => operations.toJSON())) {
      const key = `${operation} ${collection}`;
      operations[key] = (operations[key] ?? 0) + count;
    }
    // The tables were made before there was any traffic, by one statement that names no single one.
    const rows = (await rowsOf(view.page, 'Database')).filter(({ Collection }) => Collection !== 'none');
    assert.deepEqual(
      Object.fromEntries(
        rows.map(({ Operation, Collection, Total }) => [`${Operation} ${Collection}`, count(Total)]),
      ),
      operations,
    );
    const runs: Record<string, [total: number, failed: number]> = {};
    for (const { workflow, outcome, count } of reports.flatMap(({ runs }) => runs.toJSON())) {
      const [total, failed] = runs[workflow] ?? [0, 0];
      runs[workflow] = [total + count, failed + (outcome === 'failure' ? count : 0)];
    }
    const shown = await rowsOf(view.page, 'Workflows');
    assert.deepEqual(
      Object.fromEntries(
        shown.map(({ Workflow, Total, Failed }) => [Workflow, [count(Total), count(Failed)]]),
      ),
      runs,
    );
  });

  test('the chart of open WebSocket connections shows their number', async () => {
    await untilSo(
      'three open connections',
      () => view.page.getByRole('img', { name: /^Open connections/ }).getAttribute('aria-label'),
      (text) => text === 'Open connections: open 3',
    );
  });

  test('the header has the service, its version and its state', async () => {
    const header = await view.page.locator('header').innerText();
    for (const text of ['workflow-service', '1.2.3', 'Processes', 'Threads', 'Stalls', 'Uptime']) {
      assert.ok(header.includes(text), `${text} in ${header}`);
    }
    assert.match(await view.page.getByRole('status').innerText(), /^(Healthy|Failing: .*|Slow: .*)$/);
    assert.equal(await view.page.title(), 'workflow-service · pitot');
  });

  test('a click on a column sorts the table by it, and a second click reverses the order', async () => {
    const { page } = view;
    const table = page.getByRole('table', { name: 'Routes' });
    const column = async (title: string) => (await rowsOf(page, 'Routes')).map((row) => row[title] ?? '');
    await table.getByRole('button', { name: 'Total' }).click();
    const totals = (await column('Total')).map(count);
    assert.deepEqual(
      totals,
      totals.toSorted((a, b) => b - a),
    );
    assert.equal(await table.locator('th[aria-sort=descending]').innerText(), 'Total');
    await table.getByRole('button', { name: 'Total' }).press('Enter');
    assert.deepEqual((await column('Total')).map(count), totals.toReversed());
    assert.equal(await table.locator('th[aria-sort=ascending]').innerText(), 'Total');
    await table.getByRole('button', { name: 'Route' }).click();
    const routes = (await column('Route')).map((route) => (route === 'none' ? '' : route));
    assert.deepEqual(
      routes,
      routes.toSorted((a, b) => a.localeCompare(b)),
    );
    await table.getByRole('button', { name: 'Rate' }).click();
  });

  test('the explorer finds a metric, describes it, shows its series live, and copies its PromQL', async () => {
    const permissions = ['clipboard-read', 'clipboard-write'];
    const { page } = await open(browser, `${address}#metrics`, { permissions });
    await page.keyboard.press('/');
    await page.keyboard.type('server.request DURATION');
    const list = page.getByRole('list', { name: 'Metrics' });
    await untilSo(
      'the one metric that has these words',
      () => list.locator('.name').allInnerTexts(),
      ([name, ...others]) => name === 'http.server.request.duration' && others.length === 0,
    );
    await list.getByRole('link').press('Enter');
    const detail = page.getByRole('article', { name: 'http.server.request.duration' });
    await detail.getByRole('img', { name: /^Quantiles and mean: p50/ }).waitFor();
    const text = await detail.innerText();
    assert.match(text, /Duration of HTTP server requests\./);
    assert.match(text, /Unit\s+s\s/);
    assert.match(text, /http_server_request_duration_seconds/);
    const counts = (await rowsOf(page, 'Series')).map(({ Count }) => count(Count));
    assert.equal(
      counts.reduce((sum, each) => sum + each, 0),
      requests(),
    );
    await detail.getByRole('button', { name: 'Copy PromQL' }).click();
    await detail.getByText('Copied').waitFor();
    assert.equal(
      await page.evaluate('navigator.clipboard.readText()'),
      'histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket[5m])))',
    );
    await page.context().close();
  });

  test('the cardinality tab counts the series of each metric and the values of each attribute', async () => {
    const { page } = await open(browser, `${address}#cardinality`);
    const rows = await rowsOf(page, 'Series by metric');
    const requestsRow = rows.find(({ Metric }) => Metric === 'http.server.request.duration');
    const attributes = requestsRow?.['Values by attribute']?.replace(/\s+/g, ' ') ?? '';
    const methods = new Set(traffic.report.requests.toJSON().map(({ method }) => method)).size;
    assert.ok(attributes.includes(`http.request.method ${methods}`), attributes);
    const body = await (await fetch(`${address}metrics`)).text();
    const series = body.match(/^http_server_request_duration_seconds_count\b/gm)?.length;
    assert.equal(count(requestsRow?.Series), series);
    await page.context().close();
  });

  test('two viewers at once see the same', async () => {
    const { page, complaints } = await open(browser, address);
    const total = (each: View['page']) => each.locator('#number-rate small').innerText();
    assert.equal(await total(page), await total(view.page));
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('the browser logs no errors or warnings', () => {
    assert.deepEqual(view.complaints, []);
  });
});

test('a page that is open goes on when its service has been restarted', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const port = await freePort();
  const options = {
    args: ['test/hub/page/fixtures/requests.mjs'],
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: String(port) },
  };
  const first = await startService(t, options);
  const [, application] = await first.line(/^listening on (\d+)$/);
  await first.endpoint();
  const ask = async (of: string | undefined, times: number) => {
    for (let i = 0; i < times; i++) await (await fetch(`http://127.0.0.1:${of}/`)).text();
  };
  await ask(application, 5);
  const { page } = await open(await startBrowser(t), `http://localhost:${port}/`);
  const total = () => page.locator('#number-rate small').innerText();
  await untilSo('five requests', total, (text) => text === '5 since the start');
  await first.kill();
  await page.getByText('Connection lost, reconnecting').waitFor();
  const second = await startService(t, options);
  const [, restarted] = await second.line(/^listening on (\d+)$/);
  await second.endpoint();
  await ask(restarted, 3);
  await page.getByText('Connection lost, reconnecting').waitFor({ state: 'hidden' });
  await untilSo('three requests', total, (text) => text === '3 since the start');
  // The history from before the restart stays, with a mark, which survives a reload.
  const mark = page.getByText(/^Restarted \d\d:\d\d:\d\d$/).first();
  const text = await mark.innerText();
  await page.reload();
  assert.equal(await mark.innerText(), text);
});
