import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ShutdownIntents } from '../../../src/hub/processes/shutdown-intents.ts';
import { PATIENT } from '../../harness/service.ts';
import { createFleet, joined, sumOf } from './helpers/fleet.ts';

test('processes that all end at once do not wait for each other and log no warning', async (t) => {
  const fleet = await createFleet(t);
  const apps = [];
  for (let i = 0; i < 4; i++) apps.push(await joined(await fleet.start()));
  for (const app of apps) await app.ask('/add?n=1');
  for (const app of apps) app.signal('SIGTERM');
  const endings = await Promise.all(apps.map((app) => app.ended()));
  for (const ending of endings) assert.deepEqual(ending, { code: null, signal: 'SIGTERM' });
  for (const { stderr } of apps) assert.doesNotMatch(stderr, /warning/);
});

test('other processes see an intent until it is withdrawn, and stale files are removed', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pitot-intents-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const one = new ShutdownIntents({ directories: ['/nowhere/at/all', directory], name: 'x' });
  const other = new ShutdownIntents({ directories: [directory], name: 'x' });
  assert.equal(other.isEnding('a'), false);
  one.announce('a');
  one.announce('b');
  assert.equal(other.isEnding('a'), true);
  one.withdraw('a');
  one.withdraw('never announced');
  assert.equal(other.isEnding('a'), false);
  new ShutdownIntents({ directories: [directory], name: 'y' }).announce('of another endpoint');
  utimesSync(join(directory, 'x.b.ending'), 0, 0);
  one.announce('c');
  other.removeStale();
  assert.deepEqual(readdirSync(directory).sort(), ['x.c.ending', 'y.of another endpoint.ending']);
});

test('without a directory every process counts as staying', () => {
  for (const directories of [[], ['/nowhere/at/all']]) {
    const intents = new ShutdownIntents({ directories, name: 'x' });
    intents.announce('a');
    assert.equal(intents.isEnding('a'), false);
    intents.withdraw('a');
    intents.removeStale();
  }
});

test('a process that lives for a moment still hands over everything it counted', async (t) => {
  const fleet = await createFleet(t);
  await joined(await fleet.start());
  const brief = await fleet.start({ args: ['test/hub/processes/programs/brief.mjs'], env: PATIENT });
  assert.deepEqual(await brief.ended(), { code: 0, signal: null });
  const samples = await fleet.scrape();
  for (const name of ['read', 'parsed', 'written']) assert.equal(sumOf(samples, `${name}_total`), 1900);
});
