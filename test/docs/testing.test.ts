import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderOf, Guide, runCommand } from '../harness/guide.ts';

const guide = new Guide('docs/testing.md');
// test/stack/test-runners.test.ts runs those for Vitest and Jest.
for (const runner of ['Vitest', 'Jest']) guide.files(runner);

/** The code of the page about waiting, in a test whose order comes late. */
const LATE_TEST = `
  import assert from 'node:assert/strict';
  import { test } from 'node:test';
  import { metricsOf } from 'pitot/testing';
  import { place } from './orders.js';
  test('waits for an order', async (t) => {
    setTimeout(() => place({ channel: 'web', euros: 5 }), 100);
    ${guide.block('t.waitFor(')}
  });
`;

test('the examples of docs/testing.md for node:test pass, and the process ends by itself', async (t) => {
  const files = [...guide.files('Testing your own metrics'), ...guide.files('node:test')];
  const cwd = await folderOf(t, new Map([...files, ['late.test.js', LATE_TEST]]));
  const run = await runCommand(t, 'exec node --test --test-reporter=tap', { cwd });
  const { code } = await run.ended();
  assert.match(run.stdout, /^# pass 5$/m, run.stdout + run.stderr);
  assert.deepEqual([code, run.stderr], [0, '']);
});

// A test and not a hook: where failed tests run again, those that passed do not.
test('every block of code was run', () => {
  assert.deepEqual(guide.left, []);
});
