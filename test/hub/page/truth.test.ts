import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf } from '../../../src/cli/top/top-view.ts';
import type { Frame } from '../../../src/hub/page/wire.ts';
import { counter, gauge } from '../expose/helpers/metrics.ts';
import { requests, routesOf, sampled } from './helpers/ring.ts';

const chartOf = (frame: Frame, id: string) =>
  frame.sections.flatMap(({ charts }) => charts).find((chart) => chart.id === id);

function lastPoints(frame: Frame, id: string): Record<string, number | null | undefined> {
  const lines = chartOf(frame, id)?.lines ?? [];
  return Object.fromEntries(lines.map((line) => [line.label, frame.points[line.id]?.at(-1)]));
}

test('a chart says over which time its points are', () => {
  const metrics = [requests(['/', 1]), gauge({ name: 'v8js.memory.heap.used', unit: 'By' }, [{}, 1])];
  const frame = sampled().tick(...metrics, counter({ name: 'process.cpu.time', unit: 's' }, [{}, 1]));
  const over = (id: string) => chartOf(frame, id)?.over;
  assert.deepEqual(['http-rate', 'http-latency', 'cpu', 'memory'].map(over), [2, 10, 2, null]);
});

test('answers with 4xx are separate from failures', () => {
  const service = sampled();
  service.tick(requests(['/', 0], ['/', 0, 404], ['/', 0, 500]));
  const frame = service.tick(requests(['/', 5], ['/', 4, 404], ['/', 1, 500]));
  const row = routesOf(frame).get('/');
  assert.deepEqual([row?.errors, row?.clientErrors], [0.1, 0.4]);
  assert.deepEqual([frame.overview.errors, frame.overview.clientErrors], [0.1, 0.4]);
  assert.deepEqual(lastPoints(frame, 'http-errors'), { failed: 0.1, '4xx': 0.4 });
  const screen = {
    columns: 120,
    rows: undefined,
    hasColour: false,
    order: 'rate',
    notice: undefined,
  } as const;
  const text = linesOf(frame, screen).join('\n').replaceAll('\u202f', ' ');
  assert.match(text, /^last minute {2}requests 5\/s {2}errors 10 % {2}4xx 40 % /m);
  assert.match(text, /^method {2}route +rate +errors +4xx +mean/m);
});

test('a handshake that left HTTP is a WebSocket; a request without a route has none', () => {
  const frame = sampled().tick(requests(['', 2, 101], ['', 3, 404]));
  const rows = frame.sections.find(({ id }) => id === 'http')?.table?.rows ?? [];
  assert.deepEqual(
    rows.map(({ key, total }) => [...key, total]),
    [
      ['GET', '', 3],
      ['GET', 'WebSocket', 2],
    ],
  );
});

test('an idle event loop has no delay: the interval of the timer that measures it is none', () => {
  const delay = (quantile: string, seconds: number) =>
    gauge({ name: `nodejs.eventloop.delay.${quantile}`, unit: 's' }, [{}, seconds]);
  const idle = sampled().tick(delay('p50', 0.0099), delay('p99', 0.0101), delay('max', 0.0101));
  assert.deepEqual(lastPoints(idle, 'loop-delay'), { p50: 0, p99: 0.0001, max: 0.0001 });
  const busy = sampled().tick(delay('p50', 0.012), delay('p99', 0.21), delay('max', 0.21));
  assert.deepEqual(lastPoints(busy, 'loop-delay'), { p50: 0.002, p99: 0.2, max: 0.2 });
});
