import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { cpus, loadavg, totalmem, uptime } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DataPoint, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { HostMetric } from '../../../src/hub/system/host-metric.ts';
import { HOST_METRICS } from '../../../src/hub/system/metrics.ts';
import { until } from '../../harness/until.ts';
import { startFor } from './helpers/machines.ts';
import { metricsOf, of, readings } from './helpers/readings.ts';

const run = promisify(execFile);

/** A file of the kernel's; undefined where there is none, and then there is no metric of it either. */
function kernelText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function near(actual: number | undefined, expected: number, tolerance: number): void {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= tolerance,
    `${actual} is not within ${tolerance} of ${expected}`,
  );
}

test('the numbers of this process match those of Node.js', async (t) => {
  const host = startFor(t);
  const all = await readings(host);
  const usage = process.resourceUsage();
  near(all['process.cpu.time{user}'], usage.userCPUTime / 1e6, 0.5);
  near(all['process.cpu.time{system}'], usage.systemCPUTime / 1e6, 0.5);
  near(all['process.memory.usage'], process.memoryUsage.rss(), 32 * 1024 ** 2);
  near(all['process.uptime'], process.uptime(), 1);
  near(all['process.context_switches{voluntary}'], usage.voluntaryContextSwitches, 500);
  near(all['process.paging.faults{minor}'], usage.minorPageFault, 5000);
  near(all['process.paging.faults{major}'], usage.majorPageFault, 500);
});

test('the numbers of this process match those of the kernel', async (t) => {
  const host = startFor(t);
  const all = await readings(host);
  const field = (path: string, pattern: RegExp) => {
    const found = pattern.exec(kernelText(path) ?? '')?.[1];
    return found === undefined ? undefined : Number(found);
  };
  // Others of the process's threads may come and go meanwhile.
  near(all['process.thread.count'] ?? 0, field('/proc/self/status', /^Threads:\s+(\d+)/m) ?? 0, 8);
  assert.equal(
    all['process.unix.file_descriptor.limit'],
    field('/proc/self/limits', /^Max open files\s+(\d+)/m),
  );
  near(all['process.disk.io{write}'] ?? 0, field('/proc/self/io', /^write_bytes: (\d+)/m) ?? 0, 1024 ** 2);
  const total = field('/proc/meminfo', /^MemTotal:\s+(\d+)/m);
  assert.equal(all['system.memory.limit'], total === undefined ? totalmem() : total * 1024);
  const interfaces = kernelText('/proc/self/net/dev')?.match(/^ *[^:\n]+(?=:)/gm) ?? [];
  assert.deepEqual(
    Object.keys(of('system.network.io', all)),
    interfaces.flatMap((name) =>
      ['receive', 'transmit'].map((direction) => `system.network.io{${name.trim()},${direction}}`),
    ),
  );
});

test('every open descriptor is counted', async (t) => {
  const host = startFor(t);
  const before = (await readings(host))['process.unix.file_descriptor.count'];
  const opened = Array.from({ length: 25 }, () => openSync(process.execPath, 'r'));
  const after = (await readings(host))['process.unix.file_descriptor.count'];
  for (const descriptor of opened) closeSync(descriptor);
  if (kernelText('/proc/self/status') === undefined) {
    assert.equal(after, undefined);
  } else {
    assert.equal(after! - before!, 25);
    // The listing's own is one more.
    assert.equal(
      (await readings(host))['process.unix.file_descriptor.count'],
      readdirSync('/proc/self/fd').length - 1,
    );
  }
});

test('the numbers of the machine match those of Node.js', async (t) => {
  const host = startFor(t);
  const all = await readings(host);
  near(all['system.uptime'], uptime(), 1);
  assert.equal(all['system.cpu.logical.count'], cpus().length);
  const idle = cpus().reduce((sum, { times }) => sum + times.idle, 0) / 1000;
  near(all['system.cpu.time{idle}'], idle, 2 * cpus().length);
  near(all[`system.${process.platform}.cpu.load_1m`] ?? 0, loadavg()[0]!, 1);
});

test('the file system of the working directory has its name, and its numbers add up', async (t) => {
  const host = startFor(t);
  const metric = await until(
    async () =>
      (await metricsOf(host)).find(({ descriptor }) => descriptor.name === 'system.filesystem.usage'),
    { what: 'the file system' },
  );
  const points = metric.dataPoints as DataPoint<number>[];
  const { blocks, bsize } = statfsSync(process.cwd());
  assert.equal(
    points.reduce((sum, { value }) => sum + value, 0),
    blocks * bsize,
  );
  const { 'system.filesystem.mountpoint': mountpoint } = points[0]!.attributes;
  if (kernelText('/proc/self/mountinfo') !== undefined) {
    assert.ok(process.cwd().startsWith(String(mountpoint)));
  }
});

test('every reported metric has its declared name, unit, kind and attributes', async (t) => {
  const host = startFor(t);
  const metrics = await metricsOf(host);
  const listed: Readonly<Record<string, HostMetric>> = HOST_METRICS;
  assert.ok(metrics.length > 0);
  for (const { descriptor, dataPoints } of metrics) {
    const { unit, description, attributes = {} } = listed[descriptor.name]!;
    assert.equal(descriptor.unit, unit);
    assert.equal(descriptor.description, description);
    for (const point of dataPoints) {
      assert.deepEqual(Object.keys(point.attributes).sort(), Object.keys(attributes).sort());
    }
  }
});

test('the metrics of the process alone are those that processes do not share', async (t) => {
  const host = startFor(t);
  const names = async (producer: MetricProducer) =>
    (await metricsOf(producer)).map(({ descriptor }) => descriptor.name);
  const all = await names(host);
  const own = all.filter((name) => !/^(system|container)\./.test(name));
  assert.ok(own.length > 0 && own.length < all.length);
  assert.deepEqual(await names({ collect: () => host.collectProcess() }), own);
});

test('a worker thread of a process that must not start others reads every metric', async (t) => {
  const program = fileURLToPath(new URL('./programs/readings-of-a-worker.ts', import.meta.url));
  const permissions = ['--permission', '--allow-fs-read=*', '--allow-worker'];
  const { stdout, stderr } = await run(process.execPath, [...permissions, program], { env: { PATH: '' } });
  assert.doesNotMatch(stderr, /pitot/);
  const { uptime: age, all } = JSON.parse(stdout) as { uptime: number; all: Record<string, number> };
  near(all['process.uptime'], age, 2);
  const host = startFor(t);
  const here = await until(
    async () => {
      const readable = await readings(host);
      return Object.keys(of('system.filesystem.', readable)).length > 0 ? readable : undefined;
    },
    { what: 'the file system' },
  );
  assert.deepEqual(Object.keys(all), Object.keys(here));
});

test('the metrics do not keep the process alive', async () => {
  const door = new URL('../../../src/hub/system/host-metrics.ts', import.meta.url).href;
  const program = `import { startHostMetrics } from '${door}'; await startHostMetrics().collect();`;
  await run(process.execPath, ['--input-type=module', '--eval', program], { timeout: 20_000 });
});
