import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { receivedBytes, sentBytes } from '../../../src/app/instruments/websocket-payload.ts';

test('text has the bytes of its UTF-8 form', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(sentBytes(text), new TextEncoder().encode(text).byteLength);
    }),
  );
});

test('every form of binary data has the bytes it holds', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const shared = new SharedArrayBuffer(bytes.length);
      const forms = [
        bytes,
        Buffer.from(bytes),
        bytes.slice().buffer,
        shared,
        new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
        new Blob([bytes]),
      ];
      for (const form of forms) {
        assert.equal(sentBytes(form), bytes.length);
        assert.equal(receivedBytes(form), bytes.length);
      }
    }),
  );
});

test('fragments that were received have the bytes of all of them', () => {
  assert.equal(receivedBytes([Buffer.alloc(3), Buffer.alloc(0), Buffer.alloc(5)]), 8);
});

test('what ws turns into something else is counted as that', () => {
  assert.equal(sentBytes(1234.5), 6);
  assert.equal(sentBytes([1, 2, 3]), 3);
  assert.equal(sentBytes(new Float64Array(2)), 16);
  assert.equal(sentBytes(undefined), 0);
  assert.equal(sentBytes(null), 0);
});
