import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEIGHBOURS } from '../../docs/neighbours/table.ts';
import { titlesIn } from './helpers/titles.ts';

test('every test that the page about neighbours names is there', () => {
  const rows = NEIGHBOURS.flatMap((section) => section.rows);
  assert.ok(rows.length > 0);
  const absent = rows.filter(({ file, title }) => !titlesIn(file).includes(title));
  assert.deepEqual(absent, []);
});
