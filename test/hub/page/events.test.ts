import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { MetricList } from '../../../src/hub/page/wire.ts';
import { until } from '../../harness/until.ts';
import { counter, histogram, resourceMetrics, scope } from '../expose/helpers/metrics.ts';
import { eventsOf, servePage } from './helpers/served.ts';

/** A service whose counter grows by one with every collection. */
function counting() {
  let collections = 0;
  const collect = () => {
    collections++;
    const buckets = { boundaries: [1], counts: [collections, 0], sum: collections };
    const requests = histogram({ name: 'http.server.request.duration', unit: 's' }, [
      { 'http.request.method': 'GET', 'http.route': '/' },
      buckets,
    ]);
    const metrics = [requests, counter({ name: 'hits' }, [{}, collections])];
    return {
      resourceMetrics: resourceMetrics({ 'service.name': 'counting' }, scope('s', ...metrics)),
      errors: [],
    };
  };
  return { collect, collected: () => collections };
}

/** A service with 300 metrics, one of which gets another series. */
function growing() {
  let series: [Attributes, number][] = [[{}, 1]];
  const collect = () => {
    const metrics = Array.from({ length: 300 }, (_, i) =>
      counter({ name: `m${i}`, unit: '' }, ...(i === 7 ? series : [[{}, 1] as const])),
    );
    return { resourceMetrics: resourceMetrics({}, scope('s', ...metrics)), errors: [] };
  };
  return {
    collect,
    more() {
      series = [...series, [{ id: 1 }, 1]];
    },
  };
}

test('the first event has the whole history, the next ones have the new points', async (t) => {
  const events = eventsOf(t, `${await servePage(t, counting().collect)}page/events`);
  const { value: first } = await events.next();
  assert.equal(first.frame.isWhole, true);
  assert.equal(first.frame.times.length, 1);
  assert.equal(first.frame.overview.requests, 1);
  assert.equal(first.frame.overview.rate, null, 'one sample has no rate');
  for (let n = 2; n < 5; n++) {
    const { value: next } = await events.next();
    assert.equal(next.frame.isWhole, false);
    assert.equal(next.frame.times.length, 1);
    assert.equal(next.frame.overview.requests, n);
    assert.ok((next.frame.overview.rate ?? 0) > 0);
    for (const points of Object.values(next.frame.points)) assert.equal(points.length, 1);
  }
});

test('the list of metrics comes on request, compressed, and then only with what has changed', async (t) => {
  const { collect, more } = growing();
  const address = await servePage(t, collect);
  const events = eventsOf(t, `${address}page/events`);
  const { value: first } = await events.next();
  assert.doesNotMatch(JSON.stringify(first.frame), /m0/);
  const response = await fetch(`${address}page/metrics`);
  assert.ok(response.headers.has('content-encoding'));
  const all = (await response.json()) as MetricList;
  assert.deepEqual([all.isWhole, all.total, all.metrics.length], [true, 300, 300]);
  const after = async () =>
    (await (await fetch(`${address}page/metrics?after=${all.position}`)).json()) as MetricList;
  assert.deepEqual((await after()).metrics, []);
  more();
  const changed = await until(
    async () => {
      const list = await after();
      return list.metrics.length > 0 ? list : undefined;
    },
    { what: 'the change' },
  );
  assert.deepEqual(
    [changed.isWhole, changed.total, changed.metrics.map(({ name, series }) => [name, series])],
    [false, 300, [['m7', 2]]],
  );
  const { value } = await eventsOf(t, `${address}page/events`).next();
  const ticks = [first.frame.listed, value.frame.listed, Number(changed.position.split('.')[1]) + 1];
  assert.deepEqual(
    ticks.toSorted((a, b) => a - b),
    ticks,
    'frames tell that the list has changed',
  );
  assert.notEqual(ticks[0], ticks[1]);
});

test('the list of metrics needs no stream beside it, and no sample for its headers', async (t) => {
  const { collect, collected } = counting();
  const address = await servePage(t, collect);
  assert.equal((await fetch(`${address}page/metrics`, { method: 'HEAD' })).status, 200);
  assert.equal(collected(), 0);
  const list = (await (await fetch(`${address}page/metrics`)).json()) as MetricList;
  assert.deepEqual(list.metrics.map(({ name }) => name).toSorted(), ['hits', 'http.server.request.duration']);
});

test('a viewer that comes while a sample is read gets the one before, and the list of its metrics', async (t) => {
  const { collect } = counting();
  let isReading = false;
  let isOver = false;
  const slow = counter({ name: 'slow' }, [{}, 1]);
  const [point] = slow.dataPoints;
  // A metric whose points come for as long as it takes.
  const endless = {
    *[Symbol.iterator]() {
      isReading = true;
      while (!isOver) yield point;
    },
  };
  let collections = 0;
  const address = await servePage(t, () => {
    if (++collections !== 2) return collect();
    const metrics = [{ ...slow, dataPoints: endless } as unknown as MetricData];
    return { resourceMetrics: resourceMetrics({}, scope('s', ...metrics)), errors: [] };
  });
  await eventsOf(t, `${address}page/events`).next();
  await until(() => isReading || undefined, { what: 'the second sample' });
  const { value } = await eventsOf(t, `${address}page/events`).next();
  assert.equal(value.frame.times.length, 1);
  assert.equal(value.frame.overview.requests, 1);
  const list = (await (await fetch(`${address}page/metrics`)).json()) as MetricList;
  assert.equal(list.total, 2);
  assert.equal(isOver, false);
  isOver = true;
});

test('a viewer that reconnects gets what it missed, by a header or by the query', async (t) => {
  const address = await servePage(t, counting().collect);
  const events = eventsOf(t, `${address}page/events`);
  const { value: first } = await events.next();
  await events.next();
  const { value: third } = await events.next();
  const again = await eventsOf(t, `${address}page/events`, { 'last-event-id': first.id }).next();
  assert.equal(again.value.frame.isWhole, false);
  assert.deepEqual(again.value.frame.times.slice(0, 2).at(-1), third.frame.times[0]);
  const query = await eventsOf(t, `${address}page/events?after=${first.id}`).next();
  assert.deepEqual(query.value.frame.times.slice(0, 2), again.value.frame.times.slice(0, 2));
  const stranger = await eventsOf(t, `${address}page/events`, { 'last-event-id': 'another.1' }).next();
  assert.equal(stranger.value.frame.isWhole, true);
});

test('the page collects only with viewers, and once for all of them', async (t) => {
  const { collect, collected } = counting();
  const address = await servePage(t, collect);
  await (await fetch(address)).text();
  assert.equal(collected(), 0);
  const [one, other] = [eventsOf(t, `${address}page/events`), eventsOf(t, `${address}page/events`)];
  const [first, second] = await Promise.all([one.next(), other.next()]);
  assert.equal(first.value.id, second.value.id);
  assert.equal(collected(), 1);
});

test('some time after the last viewer has left, the page stops collecting and drops its history', async (t) => {
  const { collect, collected } = counting();
  const address = await servePage(t, collect, { linger: 300 });
  const stop = new AbortController();
  const response = await fetch(`${address}page/events`, { signal: stop.signal });
  await response.body?.getReader().read();
  await until(() => (collected() > 2 ? true : undefined), { what: 'three collections' });
  stop.abort();
  let last = -1;
  await until(
    async () => {
      if (collected() === last) return true;
      last = collected();
      await new Promise((resolve) => setTimeout(resolve, 400));
      return undefined;
    },
    { what: 'the end of collecting' },
  );
  const { value } = await eventsOf(t, `${address}page/events`).next();
  assert.equal(value.frame.times.length, 1);
});

test('the page refuses viewers beyond the limit, with the reason', async (t) => {
  const address = await servePage(t, counting().collect);
  for (let i = 0; i < 20; i++) await eventsOf(t, `${address}page/events`).next();
  const refused = await fetch(`${address}page/events`);
  assert.equal(refused.status, 503);
  assert.match(await refused.text(), /maximum of 20 viewers/);
});

test('the page skips a collection that fails', async (t) => {
  const { collect } = counting();
  let isBroken = false;
  const failures: unknown[] = [];
  const address = await servePage(
    t,
    () => {
      if (isBroken) throw new Error('broken');
      return collect();
    },
    { failed: (error) => failures.push(error) },
  );
  const events = eventsOf(t, `${address}page/events`);
  await events.next();
  isBroken = true;
  await until(() => (failures.length > 1 ? true : undefined), { what: 'two failures' });
  isBroken = false;
  const { value } = await events.next();
  assert.equal(value.frame.times.length, 1);
});

test('the page may run its own script and style, talk to its own server, and nothing else', async (t) => {
  const address = await servePage(t, counting().collect);
  for (const path of ['', 'page/page.js', 'page/page.css']) {
    const { status, headers } = await fetch(address + path);
    assert.equal(status, 200, path);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'/);
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
  const html = await (await fetch(address)).text();
  assert.doesNotMatch(html, /<script(?![^>]* src=)|<style|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
});

test('files are compressed, 60 kB in all, and unchanged files are not sent again', async (t) => {
  const page = await servePage(t, counting().collect);
  const files = await Promise.all(['', 'page/page.js', 'page/page.css'].map((path) => fetch(page + path)));
  assert.ok(files.every(({ headers }) => headers.get('content-encoding') === 'gzip'));
  const sizes = files.map(({ headers }) => Number(headers.get('content-length')));
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 60_000, sizes.join(' '));
  const address = `${page}page/page.js`;
  const { headers } = await fetch(address);
  const again = await fetch(address, { headers: { 'if-none-match': headers.get('etag') ?? '' } });
  assert.equal(again.status, 304);
});

test('a new viewer takes the place of the oldest stream, which may not be read at all', async (t) => {
  const address = await servePage(t, counting().collect, { minStream: 0 });
  const stop = new AbortController();
  t.after(() => stop.abort());
  const open = () => fetch(`${address}page/events`, { signal: stop.signal });
  const unread: Response[] = [];
  for (let i = 0; i < 20; i++) unread.push(await open());
  const event = await eventsOf(t, `${address}page/events`).next();
  assert.equal(event.value.frame.isWhole, true);
  await assert.rejects(async () => await unread[0]?.text());
});
