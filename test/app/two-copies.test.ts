import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Sample, value } from '../harness/samples.ts';
import { DOOR, REPOSITORY, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';

/** Counts in the main thread and in two worker threads, which begin with `worker` and load what `execArgv` says. */
const program = (worker: string, execArgv: string) => `
  import { isMainThread, Worker } from 'node:worker_threads';
  import { metrics } from '@opentelemetry/api';
  metrics.getMeter('app').createCounter('jobs').add(1, { thread: isMainThread ? 'main' : 'worker' });
  for (let i = 0; isMainThread && i < 2; i++) new Worker(new URL('${worker}', import.meta.url), { execArgv: ${execArgv} });
  setInterval(() => {}, 1000);
`;

/** A second copy of the package as a monorepo has it, of another version. */
async function copyOfPackage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-copy-'));
  await cp(join(REPOSITORY, 'src'), join(folder, 'src'), { recursive: true });
  const description = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...description, version: '99.0.0' }));
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'), 'dir');
  return folder;
}

test('of two versions of pitot in one process the first measures it, and one line says that there are two', async (t) => {
  const folder = await copyOfPackage();
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'program.mjs');
  await writeFile(path, program('./program.mjs', 'process.execArgv'));
  const second = ['--import', pathToFileURL(join(folder, 'src/instrumentation.ts')).href];
  const service = await startService(t, { nodeArgs: [...DOOR, ...second], args: [path] });
  await service.endpoint();
  const samples = await until(
    async () => {
      const { samples: all } = await service.scrape();
      return countOf(all, 'worker') === 2 ? all : undefined;
    },
    { what: 'the counts of both worker threads' },
  );
  assert.equal(countOf(samples, 'main'), 1);
  assert.equal(samples.filter(({ name }) => name === 'process_memory_usage_bytes').length, 1);
  const lines = service.stderr.match(/^pitot: warning: two copies.*/gm) ?? [];
  assert.equal(lines.length, 1, service.stderr);
  assert.match(lines[0] ?? '', /two copies.*pitot 0\..*measures it; the copy of pitot 99\.0\.0/);
});

test('worker threads that load only another version go unmeasured, and one line says so for all', async (t) => {
  const folder = await copyOfPackage();
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'program.mjs');
  await writeFile(path, program('./worker.mjs', '[]'));
  await writeFile(
    join(folder, 'worker.mjs'),
    "import './src/instrumentation.ts';\nawait import('./program.mjs');\n",
  );
  const service = await startService(t, { args: [path] });
  await service.endpoint();
  await service.line(/warning: two copies/);
  const { samples } = await service.scrape();
  assert.equal(countOf(samples, 'main'), 1);
  assert.equal(service.stderr.match(/^pitot: warning: two copies/gm)?.length, 1, service.stderr);
});

function countOf(samples: readonly Sample[], thread: string): number | undefined {
  const counted = samples.filter(({ name, labels }) => name === 'jobs_total' && labels.thread === thread);
  return counted.length === 0 ? undefined : value(counted, 'jobs_total');
}
