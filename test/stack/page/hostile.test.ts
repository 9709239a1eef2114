import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout } from '../../harness/programs.ts';
import { counter, gauge, histogram, resourceMetrics, scope } from '../../hub/expose/helpers/metrics.ts';
import { open, rowsOf, startBrowser } from '../../hub/page/helpers/browser.ts';
import { servePage } from '../../hub/page/helpers/served.ts';

const HOSTILE = '<script>document.title="taken"</script><img src=x onerror="document.title=1">';

test('names of services, metrics and attributes are text, whatever they contain', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const buckets = { boundaries: [1], counts: [1, 0], sum: 1 };
  const metrics = [
    counter({ name: HOSTILE, unit: HOSTILE, help: HOSTILE }, [{ [HOSTILE]: HOSTILE }, 1]),
    histogram({ name: 'http.server.request.duration', unit: 's' }, [
      { 'http.request.method': HOSTILE, 'http.route': HOSTILE },
      buckets,
    ]),
    gauge({ name: '__proto__' }, [JSON.parse('{"__proto__": "constructor"}'), 1]),
  ];
  const resource = { 'service.name': HOSTILE, 'service.version': HOSTILE };
  const address = await servePage(t, () => ({
    resourceMetrics: resourceMetrics(resource, scope('s', ...metrics)),
    errors: [],
  }));
  const browser = await startBrowser(t);
  const { page, complaints } = await open(browser, address);
  assert.deepEqual(
    (await rowsOf(page, 'Routes')).map(({ Method, Route }) => [Method, Route]),
    [[HOSTILE, HOSTILE]],
  );
  assert.equal(await page.locator('.service').innerText(), HOSTILE);
  await page.goto(`${address}#metrics`);
  await page.getByRole('link', { name: HOSTILE }).click();
  await page.getByRole('article', { name: HOSTILE }).getByRole('img').first().waitFor();
  assert.equal(await page.locator('.metric-title').innerText(), HOSTILE);
  await page.goto(`${address}#cardinality`);
  assert.equal((await rowsOf(page, 'Series by metric')).length, 3);
  assert.equal(await page.title(), `${HOSTILE} · pitot`);
  assert.deepEqual(complaints, []);
});

test('a section appears once the service has one of its metrics', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const duration = { boundaries: [1], counts: [3, 1], sum: 4 };
  const later = [
    histogram({ name: 'gen_ai.client.operation.duration', unit: 's' }, [
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'anthropic',
        'gen_ai.request.model': 'a-model',
      },
      duration,
    ]),
    histogram({ name: 'messaging.process.duration', unit: 's' }, [
      { 'messaging.destination.name': 'mails', 'error.type': 'timeout' },
      duration,
    ]),
  ];
  const metrics = [gauge({ name: 'first' }, [{}, 1])];
  const address = await servePage(t, () => ({
    resourceMetrics: resourceMetrics({}, scope('s', ...metrics)),
    errors: [],
  }));
  const { page } = await open(await startBrowser(t), address);
  assert.equal(await page.getByRole('heading', { level: 2 }).count(), 0);
  metrics.push(...later);
  await page.getByRole('heading', { name: 'Queues' }).waitFor();
  const [model] = await rowsOf(page, 'Language models');
  assert.deepEqual(
    [model?.Operation, model?.Provider, model?.Model, model?.Total],
    ['chat', 'anthropic', 'a-model', '4'],
  );
  const [queue] = await rowsOf(page, 'Queues');
  assert.deepEqual([queue?.Queue, queue?.Total, queue?.Failed], ['mails', '4', '4']);
});
