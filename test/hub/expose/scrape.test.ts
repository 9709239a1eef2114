import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import type { Family } from '../../../src/hub/expose/families.ts';
import { createScrape, type Scraped, type ScrapeOptions } from '../../../src/hub/expose/scrape.ts';
import { listen } from '../../../src/hub/http/listen.ts';
import { route } from '../../../src/hub/http/routing.ts';
import { ask, BODY, largeResult, respond, result, start } from '../http/helpers/served.ts';
import { gauge } from './helpers/metrics.ts';
import { oneScope, translate } from './helpers/translated.ts';

/** A server of one handler, and what that reported. */
async function serve(t: TestContext, options: Partial<ScrapeOptions>) {
  const lines: string[] = [];
  const scrapes: Scraped[] = [];
  const scrape = createScrape({
    collect: async () => result([{}, 1]),
    translate: async (resourceMetrics) => translate(resourceMetrics).families,
    warn: (line) => lines.push(line),
    collectTimeout: 1000,
    reuse: 0,
    scraped: (one) => scrapes.push(one),
    ...options,
  });
  const listener = route(new Map([['/metrics', scrape]]), (error) => assert.fail(String(error)));
  const { servers, port } = await listen(listener, '127.0.0.1', 0);
  t.after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });
  return { port, lines, scrapes };
}

/** A family whose values a test can observe, or refuse, while pitot encodes them. */
function watched(samples: number, look: (index: number) => number): Family {
  const { families } = translate(oneScope(gauge({ name: 'x' }, [{ a: 'x'.repeat(1000) }, 1])));
  const { labels } = families[0]?.samples[0] ?? assert.fail();
  return {
    name: 'x',
    type: 'gauge',
    help: '',
    unit: '',
    samples: Array.from({ length: samples }, (_, i) => ({
      labels,
      created: undefined,
      exemplars: undefined,
      get value() {
        return look(i);
      },
    })),
  };
}

test('scrapes at the same time share one collection, later ones have their own', async (t) => {
  const waiting: ((result: CollectionResult) => void)[] = [];
  const { port } = await start(t, { collect: () => new Promise((resolve) => waiting.push(resolve)) });
  let begun = 0;
  const count = () => {
    begun++;
  };
  subscribe('http.server.request.start', count);
  t.after(() => unsubscribe('http.server.request.start', count));
  const both = [ask(port), ask(port)];
  while (begun < 2 || waiting.length === 0) await new Promise(setImmediate);
  // A request is handled right after its start.
  await new Promise(setImmediate);
  waiting[0]?.(result([{}, 1]));
  for (const { body } of await Promise.all(both)) assert.equal(body, BODY);
  assert.equal(waiting.length, 1);

  const later = ask(port);
  while (waiting.length === 1) await new Promise(setImmediate);
  waiting[1]?.(result([{}, 2]));
  assert.match((await later).body, / 2\n$/);
});

test('a failure within a body cuts the connection, so that the client sees an incomplete body', async (t) => {
  const broken = watched(200, (i) => (i < 150 ? i : assert.fail('no value')));
  for (const encoding of ['identity', 'gzip']) {
    const { port, lines, scrapes } = await serve(t, { translate: async () => [broken] });
    for (let i = 0; i < 2; i++) {
      const response = await respond({ port, headers: { 'accept-encoding': encoding } });
      assert.equal(response.statusCode, 200);
      await assert.rejects(text(response), { code: 'ECONNRESET' });
    }
    assert.deepEqual(lines, Array(2).fill('a scrape was cut off: no value'));
    assert.deepEqual(
      scrapes.map(({ outcome }) => outcome),
      ['cut', 'cut'],
    );
  }
});

test('a failure before the first byte is a 500', async (t) => {
  const { port, scrapes } = await serve(t, {
    translate: async () => [watched(1, () => assert.fail('no value'))],
  });
  const { status, body } = await ask(port);
  assert.equal(status, 500);
  assert.equal(body, 'collection failed: no value\n');
  assert.equal(scrapes[0]?.outcome, 'failed');
});

test('a large body arrives whole, to several clients at once', async (t) => {
  const { port } = await start(t, { collect: async () => largeResult() });
  const answers = await Promise.all([ask(port), ask(port)]);
  for (const { status, body } of answers) {
    assert.equal(status, 200);
    assert.equal(body.split('\n').length, 20_000 * 8 + 2);
    assert.equal(body, answers[0]?.body);
  }
});

test('for a client that does not read, pitot encodes only the chunks in flight', async (t) => {
  let encoded = 0;
  // It has 100 megabytes; no connection buffers half of it.
  const large = watched(100_000, (i) => {
    encoded = i;
    return i;
  });
  const { port } = await serve(t, { translate: async () => [large] });
  const response = await respond({ port });
  for (let before = -1; before !== encoded; ) {
    before = encoded;
    for (let i = 0; i < 100; i++) await new Promise(setImmediate);
  }
  assert.ok(encoded < 50_000, String(encoded));
  let lines = 0;
  for await (const chunk of response) for (const byte of chunk) if (byte === 0x0a) lines++;
  assert.equal(lines, 100_001);
});

test('encoding and sending a large body yields to other work', async (t) => {
  let encoded = 0;
  const large = watched(20_000, (i) => {
    encoded = i;
    return i;
  });
  const { port } = await serve(t, { translate: async () => [large] });
  const seen = new Set<number>();
  const response = await respond({ port });
  const whole = text(response);
  while (encoded < 19_999) {
    seen.add(encoded);
    await new Promise(setImmediate);
  }
  await whole;
  // 20 megabytes in chunks of 64 kilobytes.
  assert.ok(seen.size > 100, String(seen.size));
});

test('every scrape is reported at its end, with format, outcome and bytes', async (t) => {
  const { port, scrapes } = await serve(t, {});
  const { body } = await ask(port);
  await ask(port, { method: 'HEAD', headers: { accept: 'application/openmetrics-text;version=1.0.0' } });
  assert.deepEqual(
    scrapes.map(({ duration, ...rest }) => ({ ...rest, hasDuration: duration > 0 })),
    [
      { format: 'PrometheusText0.0.4', outcome: 'complete', bytes: body.length, hasDuration: true },
      { format: 'OpenMetricsText1.0.0', outcome: 'complete', bytes: 0, hasDuration: true },
    ],
  );
});
