import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkerLink } from '../../src/app/hub-client/worker-link.ts';
import { Recorder } from '../../src/app/record/recorder.ts';
import {
  HUB_CELLS,
  HUB_IS_AWAY,
  HUB_LISTENS,
  HUB_STARTS,
  HUB_STATE,
} from '../../src/channel/worker-handshake.ts';
import { readConfig } from '../../src/config/config.ts';

test('a thread announces what it has to a hub that listens, and to none that does not', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const recorder = new Recorder();
  const attach = t.mock.method(recorder, 'attach');
  const hub = new SharedArrayBuffer(HUB_CELLS * Int32Array.BYTES_PER_ELEMENT);
  new WorkerLink(recorder, { release: '1.0.0', config: readConfig({}, {}).config, hub });
  for (const state of [HUB_STARTS, HUB_IS_AWAY]) {
    Atomics.store(new Int32Array(hub), HUB_STATE, state);
    t.mock.timers.tick(1000);
    assert.equal(attach.mock.callCount(), 0);
  }
  Atomics.store(new Int32Array(hub), HUB_STATE, HUB_LISTENS);
  t.mock.timers.tick(1000);
  assert.equal(attach.mock.callCount(), 1);
});
