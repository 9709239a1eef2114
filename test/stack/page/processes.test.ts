import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { lifetimeOfSuite } from '../../harness/lifetime.ts';
import { skipWithout } from '../../harness/programs.ts';
import { count, open, rowsOf, startBrowser, untilSo, type View } from '../../hub/page/helpers/browser.ts';
import { type App, createFleet, type Fleet } from '../../hub/processes/helpers/fleet.ts';

const SECTION = 'Routes';

describe('the page of a service of several processes', { skip: skipWithout('chromium') }, () => {
  const lifetime = lifetimeOfSuite();
  let browser: Browser;
  let fleet: Fleet;
  let apps: App[];
  let view: View;

  before(async () => {
    browser = await startBrowser(lifetime);
    fleet = await createFleet(lifetime);
    // The first is the leader, whose page it is.
    const leader = await fleet.start();
    await leader.endpoint();
    apps = [leader, await fleet.start(), await fleet.start()];
    for (const [i, app] of apps.entries()) {
      for (let n = 0; n <= i; n++) await app.ask('/');
    }
    view = await open(browser, `http://127.0.0.1:${fleet.port}/`);
  });

  const choice = () => view.page.getByRole('combobox', { name: 'Process' });
  const total = async () => {
    const rows = await rowsOf(view.page, SECTION);
    return rows.reduce((sum, row) => sum + count(row.Total), 0);
  };
  const shows = (what: string, expected: number) => untilSo(what, total, (shown) => shown === expected);

  test('the page shows all processes at first, and then the selected one', async () => {
    await shows('the requests of all', 6);
    await choice().waitFor();
    for (const [i, app] of apps.entries()) {
      await choice().selectOption(String(app.pid));
      await shows(`the requests of process ${i}`, i + 1);
    }
    await choice().selectOption('');
    await shows('the requests of all', 6);
    assert.deepEqual(view.complaints, []);
  });

  test('the address keeps the selection, and all processes are shown when the selected one ends', async () => {
    const [, , last] = apps;
    assert.ok(last !== undefined);
    await choice().selectOption(String(last.pid));
    await shows('the requests of the last', 3);
    await view.page.reload();
    await shows('the requests of the last', 3);
    await last.kill();
    // Its counts stay in the totals.
    await shows('the requests of all', 6);
    assert.equal(await choice().inputValue(), '');
  });
});
