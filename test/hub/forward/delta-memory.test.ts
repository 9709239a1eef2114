import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DeltaMemory } from '../../../src/hub/forward/delta-memory.ts';

const action = fc.oneof(
  fc.record({ baseline: fc.string(), request: fc.uint8Array({ maxLength: 5000 }), points: fc.nat() }),
  fc.constant('settle' as const),
);

test('the next thread reads the last content, and whether its request is settled', () => {
  fc.assert(
    fc.property(fc.array(action), (actions) => {
      let shared: SharedArrayBuffer | undefined;
      let memory = new DeltaMemory<string>(shared, (grown) => {
        shared = grown;
      });
      assert.equal(memory.read(), undefined);
      let expected: ReturnType<typeof memory.read>;
      for (const one of actions) {
        if (one === 'settle') {
          memory.settle();
          expected = expected && { ...expected, unsettled: undefined };
        } else {
          const { baseline, request, points } = one;
          const written = { baseline, unsettled: { request, points } };
          memory.write(written);
          expected = written;
        }
        memory = new DeltaMemory(shared, (grown) => {
          shared = grown;
        });
        const read = memory.read();
        assert.equal(read?.baseline, expected?.baseline);
        assert.equal(read?.unsettled?.points, expected?.unsettled?.points);
        assert.deepEqual([...(read?.unsettled?.request ?? [])], [...(expected?.unsettled?.request ?? [])]);
      }
    }),
  );
});

test('a thread that dies while writing leaves the previous content', () => {
  let shared = new SharedArrayBuffer(0);
  const memory = new DeltaMemory<string>(undefined, (grown) => {
    shared = grown;
  });
  const unsettled = { request: new Uint8Array(100), points: 1 };
  for (const baseline of ['a', 'b']) memory.write({ baseline, unsettled });
  const state = new Int32Array(shared, 0, 1);
  const [before = 0] = state;
  memory.write({ baseline: 'c', unsettled });
  // All but the last word of the writing has happened.
  state[0] = before;
  assert.equal(new DeltaMemory<string>(shared, () => {}).read()?.baseline, 'b');
});
