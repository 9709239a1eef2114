import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import type { Family } from '../../../src/hub/expose/families.ts';
import { naming, scrape } from './helpers/hostile.ts';
import { counter, gauge } from './helpers/metrics.ts';
import { encode, oneScope, translation } from './helpers/translated.ts';

function textsOf(families: readonly Family[]): string[] {
  return families.flatMap(({ name, samples }) => samples.map(({ labels }) => `${name}{${labels.text}}`));
}

test('the cache does not change the served text', () => {
  fc.assert(
    fc.property(fc.array(scrape, { minLength: 1, maxLength: 4 }), naming, (inputs, names) => {
      const { run } = translation(true, names);
      // Each twice, so that series come again.
      for (const input of [...inputs, ...inputs]) {
        assert.equal(encode(run(input)), encode(translation(true, names).run(input)));
      }
    }),
    { numRuns: 200 },
  );
});

/** Series come, go, come again and change places, some with equal labels. */
test('every series is served once, in any order of the series', () => {
  const pool: Attributes[] = Array.from({ length: 12 }, (_, i) => ({ id: i < 6 ? i : String(i - 6) }));
  const round = fc.shuffledSubarray(pool);
  const input = (list: readonly Attributes[]): ResourceMetrics =>
    oneScope(
      counter({ name: 'c' }, ...list.map((attributes): [Attributes, number] => [attributes, 1])),
      gauge({ name: 'g' }, ...list.toReversed().map((attributes): [Attributes, number] => [attributes, 1])),
    );
  fc.assert(
    fc.property(fc.array(round, { minLength: 1, maxLength: 8 }), (rounds) => {
      const { run } = translation();
      for (const list of rounds) {
        const served = textsOf(run(input(list))).sort();
        const ids = new Set(list.map(({ id }) => String(id)));
        assert.deepEqual(
          served,
          ['c_total', 'g'].flatMap((name) => [...ids].map((id) => `${name}{id="${id}"}`)).sort(),
        );
      }
    }),
    { numRuns: 500 },
  );
});

test('the cache makes labels once for a series, and again long after the series ended', () => {
  const { run } = translation();
  const stays: Attributes = { id: 'stays' };
  const goes: Attributes = { id: 'goes' };
  const labelsOf = (...list: Attributes[]) =>
    run(
      oneScope(gauge({ name: 'g' }, ...list.map((attributes): [Attributes, number] => [attributes, 1]))),
    )[0]?.samples.map(({ labels }) => labels) ?? [];
  const [first, other] = labelsOf(stays, goes);
  assert.deepEqual(labelsOf(goes, stays), [other, first]);
  assert.equal(labelsOf(stays)[0], first);
  for (let i = 0; i < 5; i++) labelsOf(stays, { id: i });
  assert.deepEqual(labelsOf(stays, goes)[1]?.pairs(), [['id', 'goes']]);
});
