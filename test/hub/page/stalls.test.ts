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

test('the page and pitot top have the last stalls, and a frame leaves them out while they are unchanged', () => {
  const time = Date.parse('2026-11-29T12:00:00Z');
  const place = { function: 'hash', file: 'src/users.js', line: 20 };
  const stall = {
    ...{ pid: 4711, time: new Date(time).toISOString(), seconds: 1.5, isOver: true, thread: 'main' },
    ...{ cause: { ...place, calling: 'pbkdf2Sync', isNative: true, share: 1 }, stack: [place] },
    routes: [{ method: 'POST', route: '/users' }],
  };
  const service = sampled({ stalls: () => [stall] });
  const frame = service.tick(counter({ name: 'hits', unit: '' }, [{}, 1]));
  assert.deepEqual(frame.stalls, [
    {
      ...{ pid: 4711, time, seconds: 1.5, isOver: true, thread: 'main' },
      ...{ stack: ['hash (src/users.js:20)'], routes: ['POST /users'] },
      detail: 'in a native call or garbage collection, until pbkdf2Sync',
    },
  ]);
  const text = linesOf(frame, SCREEN)
    .join('\n')
    .replaceAll(/\p{Zs}/gu, ' ');
  assert.match(
    text,
    /Stalls of the event loop\n\d\d:\d\d:\d\d 1.5 s {2}hash \(src\/users\.js:20\), in a native call .* {2}waited POST/,
  );
  assert.ok(!('stalls' in service.later()));
});

test('without stalls there is no section of them', () => {
  const frame = sampled().tick(counter({ name: 'hits', unit: '' }, [{}, 1]));
  assert.deepEqual(frame.stallCauses, []);
  assert.doesNotMatch(linesOf(frame, SCREEN).join('\n'), /Stalls of the event loop/);
});
