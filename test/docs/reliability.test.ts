import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REPOSITORY } from '../harness/service.ts';

/** The cells of the rows of the tables whose last column is the test. */
function promises(): string[][] {
  const text = readFileSync(join(REPOSITORY, 'docs/reliability.md'), 'utf8');
  return text
    .split('\n\n')
    .filter((block) => /^\| .* \| promise \| test \|/.test(block))
    .flatMap((block) => block.trim().split('\n').slice(2))
    .map((row) => row.slice(2, -2).split(' | '));
}

test('every promise in docs/reliability.md names tests that exist', () => {
  const rows = promises();
  assert.ok(rows.length > 30, `${rows.length} rows`);
  for (const cells of rows) {
    assert.equal(cells.length, 3, cells.join(' | '));
    const tests = Array.from(cells[2]?.matchAll(/`([^`]+)`/g) ?? [], ([, path = '']) => path);
    assert.ok(tests.length > 0, `no test for ${cells[0]}`);
    for (const path of tests) assert.ok(existsSync(join(REPOSITORY, path)), `${path} is not there`);
  }
});
