import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf, operationsOf } from '../../src/cli/top/top-view.ts';
import { requests, sampled } from '../hub/page/helpers/ring.ts';

const SCREEN = { columns: 100, rows: 20, hasColour: false, order: 'total', notice: undefined } as const;

function manyRoutes() {
  const service = sampled();
  const at = (n: number) =>
    requests(...Array.from({ length: 60 }, (_, i) => [`/v${i}`, n * i, 500] as const));
  service.tick(at(1));
  return service.tick(at(2));
}

test('pitot top scrolls as far as the selected row is on the screen, and keeps its head', () => {
  const frame = manyRoutes();
  const all = operationsOf(frame, 'total');
  assert.equal(all.length, 60);
  for (const [place, selected] of all.entries()) {
    const lines = linesOf(frame, { ...SCREEN, selected, isOpen: false });
    assert.equal(lines.length, 20);
    assert.match(lines[0] ?? '', /^sampled/);
    const [row, ...others] = lines.filter((line) => line.startsWith('▸'));
    assert.match(row ?? '', new RegExp(`^▸GET +/v${59 - place} `));
    assert.deepEqual(others, []);
  }
});

test('the view of a route in pitot top has all its numbers', () => {
  const frame = manyRoutes();
  const lines = linesOf(frame, {
    ...SCREEN,
    selected: { section: 'http', key: ['GET', '/v7'] },
    isOpen: true,
  });
  const text = lines.join('\n').replaceAll('\u202f', ' ');
  assert.match(text, /^Requests: GET \/v7\nrate +3.5\/s\nerrors +100 %\n4xx +0 %\nmean +10 ms\n/m);
  assert.match(text, /^total +14\nfailed +14$/m);
});

test('pitot top counts one of a thing in the singular', () => {
  const frame = manyRoutes();
  const stalls = { count: 1, seconds: 2 };
  const [head] = linesOf(
    { ...frame, health: { ...frame.health, stalls } },
    { ...SCREEN, selected: undefined, isOpen: false },
  );
  assert.match(head ?? '', / 1 process · 1 thread · 1 stall · /);
});
