import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { hrTimeToMilliseconds } from '@opentelemetry/core';
import { AggregationTemporality, type DataPoint, type MetricProducer } from '@opentelemetry/sdk-metrics';
import { TemporalityProducer } from '../../../src/hub/collect/temporality.ts';
import { CONTAINER, Machine, SERVER, startFor } from './helpers/machines.ts';
import { metricsOf, of, readings } from './helpers/readings.ts';

const WINDOW = 10_000;
let now = 0;

beforeEach(() => {
  now = 0;
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.now() });
});
afterEach(() => mock.timers.reset());

function pass(milliseconds: number): void {
  now += milliseconds;
  mock.timers.tick(milliseconds);
}

/** The first line of /proc/stat, in ticks. */
function cpuLine(user: number, system: number, idle: number, iowait: number): Record<string, string> {
  return { 'proc/stat': `cpu  ${user} 0 ${system} ${idle} ${iowait} 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\n` };
}

async function points(host: MetricProducer, name: string): Promise<DataPoint<number>[]> {
  const metric = (await metricsOf(host)).find(({ descriptor }) => descriptor.name === name);
  return (metric?.dataPoints ?? []) as DataPoint<number>[];
}

test('utilization covers the last full window, independent of the readers', async (t) => {
  const machine = new Machine(t, { ...CONTAINER, ...cpuLine(1000, 1000, 1000, 0) });
  const host = startFor(t, { roots: machine.roots, now: () => now });
  const before = await readings(host);
  for (const prefix of ['process.cpu.utilization', 'system.cpu.utilization', 'container.cpu.utilization']) {
    assert.deepEqual(of(prefix, before), {});
  }
  machine.write(cpuLine(1500, 1250, 1250, 0));
  // 7.5 more seconds of CPU than before, of the 15 that 1.5 CPUs have in ten.
  machine.write({ 'sys/fs/cgroup/cpu.stat': 'user_usec 65000000\nsystem_usec 32500000\n' });
  pass(WINDOW);
  machine.write(cpuLine(9000, 9000, 9000, 0));
  const expected = { 'system.cpu.utilization{user}': 0.5, 'system.cpu.utilization{idle}': 0.25 };
  for (let reader = 0; reader < 3; reader++) {
    pass(1000);
    const all = await readings(host);
    assert.deepEqual({ ...all, ...expected }, all);
    assert.equal(all['container.cpu.utilization'], 0.5);
  }
});

test('the utilization of the process is its share of the CPUs available to it', async (t) => {
  const host = startFor(t, { now: () => now });
  const before = process.resourceUsage().userCPUTime;
  const end = performance.now() + 50;
  while (performance.now() < end) Math.sqrt(performance.now());
  pass(WINDOW);
  const used = (process.resourceUsage().userCPUTime - before) / 1e6;
  const utilization = (await readings(host))['process.cpu.utilization{user}']!;
  assert.ok(utilization > 0);
  assert.ok(utilization * availableParallelism() * 10 <= used + 0.1, `${utilization} of ${used} s`);
});

test('CPU times do not fall when the kernel takes a little of them back', async (t) => {
  const machine = new Machine(t, { ...SERVER, ...cpuLine(1000, 1000, 1000, 500) });
  const host = startFor(t, { roots: machine.roots, now: () => now });
  assert.equal((await readings(host))['system.cpu.time{iowait}'], 5);
  machine.write(cpuLine(1100, 1000, 1000, 400));
  pass(WINDOW);
  const all = await readings(host);
  assert.equal(all['system.cpu.time{iowait}'], 5);
  assert.equal(all['system.cpu.utilization{user}'], 1);
  assert.equal(all['system.cpu.utilization{iowait}'], 0);
});

test('a removed interface is no longer reported', async (t) => {
  const machine = new Machine(t, SERVER);
  const host = startFor(t, { roots: machine.roots });
  assert.equal((await points(host, 'system.network.io')).length, 4);
  machine.write({ 'proc/self/net/dev': SERVER['proc/self/net/dev']!.replace(/^ *eth0.*\n/m, '') });
  assert.equal((await points(host, 'system.network.io')).length, 2);
});

test('metrics of a removed file are no longer reported', async (t) => {
  const machine = new Machine(t, CONTAINER);
  const host = startFor(t, { roots: machine.roots });
  assert.ok('container.memory.usage' in (await readings(host)));
  machine.remove('sys/fs/cgroup/memory.current');
  assert.ok(!('container.memory.usage' in (await readings(host))));
});

test('a counter that restarted has a new start time; others have the start of the process or the machine', async (t) => {
  const started = Date.now() - process.uptime() * 1000;
  const machine = new Machine(t, SERVER);
  const host = startFor(t, { roots: machine.roots });
  const [ofProcess] = await points(host, 'process.disk.io');
  assert.ok(Math.abs(hrTimeToMilliseconds(ofProcess!.startTime) - started) < 1000);
  const [, , eth0] = await points(host, 'system.network.io');
  assert.ok(hrTimeToMilliseconds(eth0!.startTime) < started);
  const lastSeen = Date.now();
  pass(5000);
  machine.write({ 'proc/self/net/dev': SERVER['proc/self/net/dev']!.replace('eth0:604333951', 'eth0:5') });
  const [lo, , anew] = await points(host, 'system.network.io');
  assert.deepEqual(lo!.startTime, eth0!.startTime);
  assert.equal(hrTimeToMilliseconds(anew!.startTime), lastSeen);
  assert.equal(hrTimeToMilliseconds(anew!.endTime), lastSeen + 5000);
});

test('a push reader that prefers deltas gets the counts since its last reading', async (t) => {
  const machine = new Machine(t, SERVER);
  const host = startFor(t, { roots: machine.roots });
  const deltas = new TemporalityProducer(host, () => AggregationTemporality.DELTA);
  await readings(deltas);
  machine.write({ 'proc/self/io': 'read_bytes: 127000\nwrite_bytes: 40960\n' });
  assert.deepEqual(of('process.disk.io', await readings(deltas)), { 'process.disk.io{read}': 24 });
});
