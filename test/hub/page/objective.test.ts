import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RouteSeries, requests, sampled } from './helpers/ring.ts';

/** The state after a sample of requests, each series with so many more than in the sample before. */
function stateAfter(...series: RouteSeries[]): { level: string; text: string } {
  const service = sampled();
  service.tick(requests(...series.map(([route, , status = 200]): RouteSeries => [route, 0, status])));
  const { level, text } = service.tick(requests(...series)).health.state;
  return { level, text: text.replaceAll('\u202f', ' ') };
}

const slow = (fast: number, late: number) => ({
  boundaries: [0.25, 0.5, 1],
  counts: [0, fast, 0, late],
  sum: fast / 2 + 2 * late,
});

test('a service is healthy while its requests meet the objective', () => {
  const healthy = { level: 'good', text: 'Healthy' };
  assert.deepEqual(stateAfter(['/', 1000], ['/', 14, 500]), healthy);
  assert.deepEqual(stateAfter(['/', 0]), healthy);
  assert.deepEqual(stateAfter(['/', 1000, 200, slow(860, 140)]), healthy);
  assert.deepEqual(stateAfter(['/', 1], ['/', 1000, 404]), healthy);
});

test('a service fails when more requests fail than the objective allows', () => {
  assert.deepEqual(stateAfter(['/', 80], ['/', 20, 500]), {
    level: 'bad',
    text: 'Failing: 20 % of requests',
  });
  assert.deepEqual(stateAfter(['/hot', 10, 503]), { level: 'bad', text: 'Failing: 100 % of requests' });
});

test('a service is slow when more requests are slow than the objective allows', () => {
  const { level, text } = stateAfter(['/', 100, 200, slow(80, 20)]);
  assert.deepEqual([level, text], ['warning', 'Slow: 20 % of requests over 500 ms']);
});

test('one sample says nothing about the last minute', () => {
  const { state } = sampled().tick(requests(['/', 10, 500])).health;
  assert.deepEqual([state.level, state.text], ['unknown', 'Measuring']);
});

test('a service that is not ready says why, whatever its requests are', () => {
  const service = sampled({ notReady: () => 'migrations' });
  const { state } = service.tick(requests(['/', 1])).health;
  assert.deepEqual([state.level, state.text], ['bad', 'Not ready: migrations']);
  assert.match(
    state.detail,
    /^Healthy: in the last minute, at most 1\.44.% .* 14\.4.% took more than 500.ms\.$/,
  );
});
