import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { VitalSigns } from '../../src/model/vital-signs.ts';

test('property: a reason that fits is kept as one line, a longer one is cut between characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (reason) => {
      const signs = new VitalSigns();
      signs.setReady(false, reason);
      const { notReady } = new VitalSigns(signs.buffer);
      assert.ok(notReady !== undefined);
      const line = reason.replace(/\s+/g, ' ').trim();
      assert.ok(line.startsWith(notReady));
      assert.ok(Buffer.byteLength(notReady) <= 256);
      if (Buffer.byteLength(line) <= 256) assert.equal(notReady, line);
    }),
  );
});

test('a reason that is being changed by another thread is read as one of them, whole', async () => {
  const signs = new VitalSigns();
  const reasons = ['a'.repeat(200), 'b'.repeat(100), 'c'];
  const worker = new Worker(
    `const { workerData } = require('node:worker_threads');
     import(workerData.module).then(({ VitalSigns }) => {
       const signs = new VitalSigns(workerData.buffer);
       for (let i = 0; ; i++) signs.setReady(i % 4 === 3, workerData.reasons[i % 3]);
     });`,
    {
      eval: true,
      execArgv: [],
      workerData: {
        module: new URL('../../src/model/vital-signs.ts', import.meta.url).href,
        buffer: signs.buffer,
        reasons,
      },
    },
  );
  try {
    const seen = new Set<string>();
    while (seen.size < 4) {
      for (let i = 0; i < 10_000; i++) seen.add(signs.notReady ?? 'ready');
      await new Promise(setImmediate);
    }
    const known = [...reasons, 'ready', 'the application is changing it'];
    assert.deepEqual(
      [...seen].filter((reason) => !known.includes(reason)),
      [],
    );
  } finally {
    await worker.terminate();
  }
});
