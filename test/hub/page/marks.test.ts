import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeOf } from '../../../page/change.ts';
import type { Frame } from '../../../src/hub/page/wire.ts';
import { gauge } from '../expose/helpers/metrics.ts';
import { sampled } from './helpers/ring.ts';

/** A frame at so many seconds, of a service with this version and uptime in seconds. */
function at(seconds: number, version: string, uptime: number, service = 'shop'): Frame {
  const frame = sampled().tick(gauge({ name: 'first' }, [{}, 1]));
  return { ...frame, times: [seconds * 1000], health: { ...frame.health, service, version, uptime } };
}

test('a service that began after the last frame restarted, or was deployed if its version is another', () => {
  assert.equal(changeOf(at(120, '1.0', 5), at(100, '1.0', 900)), 'Restarted');
  assert.equal(changeOf(at(120, '1.1', 5), at(100, '1.0', 900)), 'Deployed 1.1');
});

test('a new history of a service that went on, or of another one, is no restart', () => {
  assert.equal(changeOf(at(120, '1.0', 920), at(100, '1.0', 900)), undefined);
  assert.equal(changeOf(at(120, '1.0', 5, 'cart'), at(100, '1.0', 900)), undefined);
});
