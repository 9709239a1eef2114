import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { value } from '../harness/samples.ts';
import { REPOSITORY, type Service, startService } from '../harness/service.ts';

/** Ten million in the full run: PITOT_LOAD_SECONDS is set by `npm run test:load`. */
const SERIES = process.env.PITOT_LOAD_SECONDS === undefined ? 1_000_000 : 10_000_000;
/** MiB that a process may have grown by: compiled code is in it, and what the allocator keeps. */
const GROWTH = 40;

/** The package as built: threads load the sources ten times as slowly. */
const BUILT = ['--import', pathToFileURL(join(REPOSITORY, 'dist/instrumentation.js')).href];

before(() => {
  if (!existsSync(join(REPOSITORY, 'dist/instrumentation.js'))) {
    execFileSync('npm', ['run', 'build'], { cwd: REPOSITORY, stdio: 'ignore' });
  }
});

test(`memory is flat over ${SERIES} series that come, go and come again`, {
  timeout: 600_000,
}, async (t) => {
  const service = await startService(t, {
    nodeArgs: BUILT,
    args: ['test/stack/programs/many-series.mjs', String(SERIES)],
  });
  // The first tenths make everything its final size; how soon depends on when V8 collects garbage.
  let early = 0;
  for (const tenth of [3, 4, 5]) {
    await service.line(new RegExp(`^${tenth} tenths$`), 300_000);
    await service.scrape();
    early = Math.max(early, memoryOf(service));
  }
  await service.line(/^10 tenths$/, 500_000);
  const { samples } = await service.scrape();
  assert.equal(value(samples, 'rounds_total'), SERIES);
  assert.equal(samples.filter(({ name }) => name === 'visits_total').length, 1000);
  const growth = memoryOf(service) - early;
  t.diagnostic(`${early.toFixed(0)} MiB, and ${growth.toFixed(0)} more`);
  assert.ok(growth < GROWTH, `${growth} MiB more`);
});

/** MiB of physical memory. */
function memoryOf({ pid }: Service): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
}
