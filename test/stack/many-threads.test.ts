import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Sample, value } from '../harness/samples.ts';
import { REPOSITORY, type Service, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';

/** The package as built: threads load the sources ten times as slowly. */
const BUILT = ['--import', pathToFileURL(join(REPOSITORY, 'dist/instrumentation.js')).href];
/** The first of them make everything its final size. */
const FIRST = 60;
const THREADS = 180;
/** MiB that a process may have grown by: compiled code is in it, and what the allocator keeps. */
const GROWTH = 64;
/** Connections of this test may be open. */
const MORE_DESCRIPTORS = 4;

before(() => {
  if (!existsSync(join(REPOSITORY, 'dist/instrumentation.js'))) {
    execFileSync('npm', ['run', 'build'], { cwd: REPOSITORY, stdio: 'ignore' });
  }
});

test('many threads that count and end lose no count and leave nothing behind', {
  timeout: 240_000,
}, async (t) => {
  const service = await startService(t, { nodeArgs: BUILT, args: ['test/stack/programs/many-threads.mjs'] });
  const [, port] = await service.line(/^listening on (\d+)$/);
  const run = async (threads: number) => {
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/?n=${threads}`)).text(), 'ok');
    return (await service.scrape()).samples;
  };
  const early = {
    shared: sharedMemoryOf(await run(FIRST)),
    memory: memoryOf(service),
    descriptors: descriptorsOf(service),
    threads: threadsOf(service),
  };
  const samples = await run(THREADS - FIRST);
  for (const way of ['end', 'exit', 'throw']) {
    assert.equal(value(samples, 'jobs_total', { way }), THREADS / 3);
  }
  assert.equal(value(samples, 'sizes_count'), THREADS);
  assert.equal(value(samples, 'sizes_sum'), 5 * THREADS);
  const growth = memoryOf(service) - early.memory;
  t.diagnostic(`${early.memory.toFixed(0)} MiB, and ${growth.toFixed(0)} more`);
  assert.ok(growth < GROWTH, `${growth} MiB more`);
  assert.ok(threadsOf(service) <= early.threads, `${threadsOf(service)} threads, before ${early.threads}`);
  const descriptors = descriptorsOf(service) - early.descriptors;
  assert.ok(descriptors <= MORE_DESCRIPTORS, `${descriptors} descriptors more`);
  // The hub hears of the last threads' end a moment later.
  await until(async () => sharedMemoryOf((await service.scrape()).samples) <= early.shared || undefined, {
    what: `at most ${early.shared} bytes of shared memory, as before`,
  });
});

/** Bytes that the hub reads cells in. */
function sharedMemoryOf(samples: readonly Sample[]): number {
  const bytes = (state: string) =>
    value(samples, 'pitot_recorder_memory_bytes', { pitot_memory_state: state });
  return bytes('used') + bytes('free');
}

/** MiB of physical memory. */
function memoryOf(service: Service): number {
  return statusOf(service, 'VmRSS') / 1024;
}

function threadsOf(service: Service): number {
  return statusOf(service, 'Threads');
}

function statusOf({ pid }: Service, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
}

function descriptorsOf({ pid }: Service): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
