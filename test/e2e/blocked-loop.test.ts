import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closedGate } from '../harness/gate.ts';
import { value } from '../harness/samples.ts';
import { startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';

test('the endpoint answers with live values while the application blocks its event loop', async (t) => {
  const service = await startService(t, { args: ['test/e2e/fixtures/busy.mjs'] });
  const [, port] = await service.line(/^listening on (\d+)$/);
  const before = await service.scrape();
  assert.equal(value(before.samples, 'observed'), 1);

  const gate = closedGate(t);
  const blocked = fetch(`http://127.0.0.1:${port}/?until=${gate.path}`).then((response) => response.text());
  const turns: number[] = [];
  while (turns.length < 8) {
    const { samples } = await service.scrape();
    const [sample] = samples.filter(({ name }) => name === 'turns_total');
    // The request may not have reached the application yet.
    if (sample !== undefined) turns.push(sample.value);
  }
  gate.open();
  // On busy cores the application may stand still between two scrapes, but not over all of them.
  assert.deepEqual(
    turns,
    turns.toSorted((a, b) => a - b),
  );
  assert.ok(turns.at(-1)! > turns[0]!, `live values: ${turns}`);

  assert.equal(await blocked, 'done');
  await until(async () => value((await service.scrape()).samples, 'observed') > 1 || undefined, {
    what: 'observables to be fresh again',
  });
});
