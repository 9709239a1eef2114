import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeOf } from '../../../page/change.ts';
import type { Frame } from '../../../src/hub/page/wire.ts';
import { gauge } from '../expose/helpers/metrics.ts';
import { sampled } from './helpers/ring.ts';

/** A frame at so many seconds, of a service with this version and uptime in seconds. */
function at(seconds: number, version: string, uptime: number, service = 'shop'): Frame {
  const frame = sampled().tick(gauge({ name: 'first' }, [{}, 1]));
  const health = { ...frame.health, service, version, startedBy: (seconds - uptime) * 1000 };
  return { ...frame, times: [seconds * 1000], health };
}

test('a service that began after the last frame restarted, or was deployed if its version is another', () => {
  assert.equal(changeOf(at(120, '1.0', 5), at(100, '1.0', 900)), 'Restarted');
  assert.equal(changeOf(at(120, '1.1', 5), at(100, '1.0', 900)), 'Deployed 1.1');
});

test('a new history of a service that went on, or of another one, is no restart', () => {
  assert.equal(changeOf(at(120, '1.0', 920), at(100, '1.0', 900)), undefined);
  assert.equal(changeOf(at(120, '1.0', 5, 'cart'), at(100, '1.0', 900)), undefined);
});

test('a service that restarted within a moment has a mark even if its first numbers took long to collect', () => {
  const uptime = (seconds: number) => gauge({ name: 'process.uptime', unit: 's' }, [{}, seconds]);
  // It started a quarter of a second before the collection of three seconds, which read the uptime at its end.
  const now = sampled().tickIn(3000, uptime(3.25));
  const [began = 0] = now.times;
  const before = { ...sampled().tick(uptime(900)), times: [began - 500] };
  assert.equal(changeOf(now, before), 'Restarted');
});
