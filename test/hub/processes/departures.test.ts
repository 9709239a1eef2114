import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Departures } from '../../../src/hub/processes/departures.ts';
import { createFleet, joined, sumOf } from './helpers/fleet.ts';

test('processes that all end at once wait for none of them, and lose nothing worth a warning', async (t) => {
  const fleet = await createFleet(t);
  const apps = [];
  for (let i = 0; i < 4; i++) apps.push(await joined(await fleet.start()));
  for (const app of apps) await app.ask('/add?n=1');
  for (const app of apps) app.signal('SIGTERM');
  const endings = await Promise.all(apps.map((app) => app.ended()));
  for (const ending of endings) assert.deepEqual(ending, { code: null, signal: 'SIGTERM' });
  for (const { stderr } of apps) assert.doesNotMatch(stderr, /warning/);
});

test('who leaves is seen by others until that is taken back, and left-overs are tidied up', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pitot-departures-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const [one, other] = [join(directory, 'x.sock'), join(directory, 'x.sock')].map(
    (path) => new Departures(path),
  );
  assert.ok(one !== undefined && other !== undefined);
  assert.equal(other.isLeaving('a'), false);
  one.announce('a');
  one.announce('b');
  assert.equal(other.isLeaving('a'), true);
  one.retract('a');
  one.retract('never announced');
  assert.equal(other.isLeaving('a'), false);
  new Departures(join(directory, 'y.sock')).announce('of another service');
  utimesSync(join(directory, 'x.b.leaving'), 0, 0);
  one.announce('c');
  other.tidy();
  assert.deepEqual(readdirSync(directory).sort(), ['x.c.leaving', 'y.of another service.leaving']);
});

test('where there is no place for a file nobody is known to leave', () => {
  for (const address of [undefined, '\\\\.\\pipe\\pitot-x', '/nowhere/at/all/x.sock']) {
    const departures = new Departures(address);
    departures.announce('a');
    assert.equal(departures.isLeaving('a'), false);
    departures.retract('a');
    departures.tidy();
  }
});

test('a process of a few moments hands over what it counted, although it has hardly met the others', async (t) => {
  const fleet = await createFleet(t);
  await joined(await fleet.start());
  const brief = await fleet.start({ args: ['test/hub/processes/programs/brief.mjs'] });
  assert.deepEqual(await brief.ended(), { code: 0, signal: null });
  const samples = await fleet.scrape();
  for (const name of ['read', 'parsed', 'written']) assert.equal(sumOf(samples, `${name}_total`), 1900);
});
