import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { defineMetrics, observe } from '../../../src/index.ts';
import { until } from '../../harness/until.ts';
import { registerStockProvider } from './helpers/collected.ts';

/** Code blocks of docs/instruments.md from a heading to the next. */
async function documented(heading: string): Promise<string> {
  const text = await readFile(new URL('../../../docs/instruments.md', import.meta.url), 'utf8');
  const section = text.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const blocks = [...section.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
  return blocks.join('\n').replace(/^import .*$/gm, '');
}

/** Runs what the documentation shows, with the names that it leaves to the reader. */
function run(code: string, names: object): void {
  const given = { defineMetrics, observe, ...names };
  new Function(...Object.keys(given), code)(...Object.values(given));
}

test('the gauge of running work is as documented', async () => {
  const collect = registerStockProvider();
  run(await documented('What is running'), {});
  assert.deepEqual((await collect()).sums('shop.build.info'), [[{ version: '1.4.2', commit: 'ab12cd3' }, 1]]);
});

test('gauges of how many there are are as documented', async () => {
  const collect = registerStockProvider();
  const database = new DatabaseSync(':memory:');
  database.exec(
    "CREATE TABLE models (type TEXT); INSERT INTO models VALUES ('chat'), ('chat'), ('embeddings')",
  );
  const db = { all: async (sql: string) => database.prepare(sql).all() };
  run(await documented('How many there are'), { keys: new Set(['a', 'b']), db });
  await until(
    async () => ((await collect()).sums('gateway.model.available').length === 2 ? true : undefined),
    {
      what: 'the models',
    },
  );
  const collected = await collect();
  assert.deepEqual(collected.sums('gateway.key.active'), [[{}, 2]]);
  assert.deepEqual(collected.sums('gateway.model.available'), [
    [{ type: 'chat' }, 2],
    [{ type: 'embeddings' }, 1],
  ]);
});
