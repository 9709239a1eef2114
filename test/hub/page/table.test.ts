import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RouteSeries, requests, routesOf, sampled } from './helpers/ring.ts';

const cold = (routes: number, count = 1): RouteSeries[] =>
  Array.from({ length: routes }, (_, i) => [`/cold/${i}`, count]);

test('a route that becomes busy after 200 others gets a row, with its rate and its failures', () => {
  const service = sampled();
  service.tick(requests(...cold(260)));
  service.tick(requests(...cold(260), ['/hot', 20, 500]));
  for (let n = 2; n <= 4; n++) service.tick(requests(...cold(260), ['/hot', 20 * n, 500]));
  const frame = service.tick(requests(...cold(260), ['/hot', 100, 500]));
  const routes = routesOf(frame);
  const hot = routes.get('/hot');
  assert.ok(hot !== undefined, [...routes.keys()].join(' '));
  assert.deepEqual([hot.total, hot.failed, hot.errors], [100, 100, 1]);
  assert.equal(hot.rate, 10);
  assert.equal(routes.get('(others)')?.total, 61);
  assert.equal(routes.size, 201);
  assert.deepEqual(
    [...routes].filter(([, { isOthers }]) => isOthers).map(([route]) => route),
    ['(others)'],
  );
});

test('a busy route is in the first sample, whichever routes came before it', () => {
  const routes = routesOf(sampled().tick(requests(...cold(260), ['/hot', 5000])));
  assert.equal(routes.get('/hot')?.total, 5000);
});

test('a route in a new row has the rate of the time since, and all rates add up', () => {
  const service = sampled();
  service.tick(requests(...cold(200), ['/late', 1]));
  service.tick(requests(...cold(200, 3), ['/late', 2]));
  // Its 1000 in one tick are more than twice as many as those of any other.
  const frame = service.tick(requests(...cold(200, 3), ['/late', 1002]));
  const routes = routesOf(frame);
  assert.equal(routes.get('/late')?.rate, 500);
  assert.equal(routes.get('(others)')?.rate, 3 / 4, 'one of its own earlier requests, two of a cold route');
  const total = [...routes.values()].reduce((sum, row) => sum + row.total, 0);
  assert.equal(total, 200 * 3 + 1002);
});

test('routes that are about as busy as each other keep their rows', () => {
  const service = sampled();
  const all = (n: number) => requests(...cold(260, n * 5));
  let before = new Set(routesOf(service.tick(all(1))).keys());
  for (let n = 2; n < 20; n++) {
    const now = new Set(routesOf(service.tick(all(n))).keys());
    if (n > 2) assert.deepEqual(now, before);
    before = now;
  }
});

test('a rare route that fails comes before one that is a little busier', () => {
  const service = sampled();
  service.tick(requests(...cold(200), ['/failing', 0, 500]));
  const routes = routesOf(service.tick(requests(...cold(200, 3), ['/failing', 1, 500])));
  assert.equal(routes.get('/failing')?.failed, 1);
});

test('a table of changing routes has at most 200 rows and one, and drops those of routes that are gone', () => {
  const service = sampled();
  let routes = new Set<string>();
  for (let n = 0; n < 50; n++) {
    const series = Array.from({ length: 300 }, (_, i): RouteSeries => [`/${n}/${i}`, i]);
    routes = new Set(routesOf(service.tick(requests(...series))).keys());
    assert.ok(routes.size <= 201, `${routes.size} rows`);
    if (n === 0) assert.ok(routes.has('/0/299'));
  }
  assert.ok(!routes.has('/0/299'));
});
