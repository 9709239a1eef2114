import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { scrape } from './helpers/hostile.ts';
import { counter, gauge, histogram, resourceMetrics, scope } from './helpers/metrics.ts';
import { bodyOf } from './helpers/translated.ts';

const promtool = spawnSync('promtool', ['--version']);
const skip = promtool.error !== undefined && !process.env.CI ? 'promtool is not installed' : false;

function check(text: string): { status: number | null; output: string } {
  const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return { status, output: `${stderr}${stdout}` };
}

test('promtool has no remarks on well-named metrics', { skip }, () => {
  const text = bodyOf(
    resourceMetrics(
      {},
      scope(
        'lib',
        counter({ name: 'http.requests', help: 'Requests' }, [{ 'http.code': 200, path: 'C:\\a\n"b"' }, 3]),
        gauge({ name: 'load', unit: '1', help: 'Load' }, [{}, Number.NaN]),
        histogram({ name: 'wait', unit: 's', help: 'Waiting' }, [
          { a: 'x' },
          { boundaries: [0.1, 1], counts: [1, 2, 3], sum: 9 },
        ]),
      ),
    ),
  );
  assert.deepEqual(check(text), { status: 0, output: '' });
});

test('promtool can parse metrics with hostile names, labels, helps and values', { skip }, () => {
  for (const input of fc.sample(scrape, 25)) {
    const text = bodyOf(input);
    const { status, output } = check(text);
    // 3 is for style that it does not like, and the application chose the names; 1 is for what it cannot read.
    assert.ok(status === 0 || status === 3, `${output}\n${text}`);
    assert.doesNotMatch(output, /error while linting/);
  }
});
