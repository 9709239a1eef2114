import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf } from '../../../src/cli/top/top-view.ts';
import { counter } from '../expose/helpers/metrics.ts';
import { sampled } from './helpers/ring.ts';

const SCREEN = { columns: 120, rows: undefined, hasColour: false, order: 'rate', notice: undefined } as const;

function cause(name: string, thread = 'main') {
  return { 'code.function.name': name, 'code.file.path': 'src/app.js', 'thread.name': thread };
}

test('the page and pitot top name the functions that stalled the event loop, the worst one first', () => {
  const [hash, parse] = [cause('hash'), cause('parse')];
  const frame = sampled().tick(
    counter({ name: 'pitot.stall.causes', unit: '{stall}' }, [hash, 9], [parse, 2]),
    counter({ name: 'pitot.stall.cause.time', unit: 's' }, [hash, 12.5], [parse, 60]),
  );
  assert.deepEqual(frame.stallCauses, [
    { function: 'parse', file: 'src/app.js', thread: 'main', count: 2, seconds: 60 },
    { function: 'hash', file: 'src/app.js', thread: 'main', count: 9, seconds: 12.5 },
  ]);
  const text = linesOf(frame, SCREEN)
    .join('\n')
    .replaceAll(/\p{Zs}/gu, ' ');
  assert.match(text, /Stalls of the event loop\nparse \(src\/app\.js\) {2}stalls 2 {2}time 60 s\nhash /);
});

test('without stalls there is no section of them', () => {
  const frame = sampled().tick(counter({ name: 'hits', unit: '' }, [{}, 1]));
  assert.deepEqual(frame.stallCauses, []);
  assert.doesNotMatch(linesOf(frame, SCREEN).join('\n'), /Stalls of the event loop/);
});
