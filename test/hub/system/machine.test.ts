import assert from 'node:assert/strict';
import { cpus, freemem, totalmem } from 'node:os';
import { type TestContext, test } from 'node:test';
import { Machine, SERVER, startFor } from './helpers/machines.ts';
import { of, readings } from './helpers/readings.ts';

const GiB = 1024 ** 3;

async function read(t: TestContext, files: Readonly<Record<string, string>>) {
  const machine = new Machine(t, files);
  const host = startFor(t, { roots: machine.roots });
  return readings(host);
}

test('CPU time is summed over the CPUs by mode, and the CPUs are counted', async (t) => {
  const all = await read(t, SERVER);
  assert.deepEqual(of('system.cpu.', all), {
    'system.cpu.logical.count': 4,
    'system.cpu.time{user}': 260.59,
    'system.cpu.time{nice}': 1.2,
    'system.cpu.time{system}': 114.96,
    'system.cpu.time{idle}': 3106.86,
    'system.cpu.time{iowait}': 5.81,
    'system.cpu.time{interrupt}': 1.53,
    'system.cpu.time{steal}': 0.11,
  });
});

test('used memory is the memory that is not available', async (t) => {
  const all = await read(t, SERVER);
  assert.deepEqual(of('system.memory.', all), {
    'system.memory.limit': 8 * GiB,
    'system.memory.linux.available': 6 * GiB,
    'system.memory.usage{used}': 2 * GiB,
    'system.memory.usage{free}': GiB,
    'system.memory.usage{cached}': 5 * GiB,
    'system.memory.usage{buffers}': 4096 * 1024,
    'system.memory.utilization{used}': 0.25,
    'system.memory.utilization{free}': 0.125,
    'system.memory.utilization{cached}': 0.625,
    'system.memory.utilization{buffers}': 4096 / (8 * 1024 * 1024),
  });
  assert.deepEqual(of('system.paging.', all), {
    'system.paging.usage{used}': GiB / 2,
    'system.paging.usage{free}': 1.5 * GiB,
  });
});

test('each used disk has its own series, and its partitions are not counted again', async (t) => {
  assert.deepEqual(of('system.disk.', await read(t, SERVER)), {
    'system.disk.io{sda,read}': 7214282 * 512,
    'system.disk.io{sda,write}': 6650392 * 512,
    'system.disk.io{nvme0n1,read}': 800 * 512,
    'system.disk.io{nvme0n1,write}': 80 * 512,
    'system.disk.io{dm-1,read}': 40 * 512,
    'system.disk.io{dm-1,write}': 40 * 512,
    'system.disk.io{dm-10,read}': 56 * 512,
    'system.disk.io{dm-10,write}': 24 * 512,
    'system.disk.operations{sda,read}': 131122,
    'system.disk.operations{sda,write}': 19678,
    'system.disk.operations{nvme0n1,read}': 100,
    'system.disk.operations{nvme0n1,write}': 10,
    'system.disk.operations{dm-1,read}': 5,
    'system.disk.operations{dm-1,write}': 5,
    'system.disk.operations{dm-10,read}': 7,
    'system.disk.operations{dm-10,write}': 3,
    'system.disk.io_time{sda}': 11.716,
    'system.disk.io_time{nvme0n1}': 0.024,
    'system.disk.io_time{dm-1}': 0.002,
    'system.disk.io_time{dm-10}': 0.003,
  });
});

test('every network interface is reported in both directions', async (t) => {
  assert.deepEqual(of('system.network.', await read(t, SERVER)), {
    'system.network.io{lo,receive}': 13898062,
    'system.network.io{lo,transmit}': 13898062,
    'system.network.io{eth0,receive}': 604333951,
    'system.network.io{eth0,transmit}': 1228107,
    'system.network.packet.count{lo,receive}': 96049,
    'system.network.packet.count{lo,transmit}': 96049,
    'system.network.packet.count{eth0,receive}': 16185,
    'system.network.packet.count{eth0,transmit}': 10522,
    'system.network.packet.dropped{lo,receive}': 0,
    'system.network.packet.dropped{lo,transmit}': 0,
    'system.network.packet.dropped{eth0,receive}': 4,
    'system.network.packet.dropped{eth0,transmit}': 6,
    'system.network.errors{lo,receive}': 0,
    'system.network.errors{lo,transmit}': 0,
    'system.network.errors{eth0,receive}': 3,
    'system.network.errors{eth0,transmit}': 5,
  });
});

test('the numbers that the kernel has of the process are reported', async (t) => {
  const all = await read(t, SERVER);
  assert.equal(all['process.thread.count'], 11);
  assert.equal(all['process.memory.virtual'], GiB);
  assert.equal(all['process.disk.io{read}'], 126976);
  assert.equal(all['process.disk.io{write}'], 40960);
  assert.equal(all['process.unix.file_descriptor.count'], 3);
  assert.equal(all['process.unix.file_descriptor.limit'], 20000);
});

test('an unlimited number of file descriptors is not reported', async (t) => {
  const limits = 'Max open files            unlimited            unlimited            files     \n';
  const all = await read(t, { ...SERVER, 'proc/self/limits': limits });
  assert.equal(all['process.unix.file_descriptor.limit'], undefined);
});

test('a process in no control group has no container', async (t) => {
  const inRoot = {
    ...SERVER,
    'proc/self/cgroup': '0::/\n',
    'proc/self/mountinfo': '31 27 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
    'sys/fs/cgroup/cpu.stat': 'usage_usec 9\nuser_usec 6\nsystem_usec 3\n',
    'sys/fs/cgroup/memory.stat': 'inactive_file 1\n',
  };
  assert.deepEqual(of('container.', await read(t, SERVER)), {});
  assert.deepEqual(of('container.', await read(t, inRoot)), {});
});

test("without the kernel's files there is what Node offers, and nothing is made up", async (t) => {
  const all = await read(t, {});
  const names = new Set(Object.keys(all).map((name) => name.replace(/\{.*/, '')));
  for (const present of ['process.cpu.time', 'process.memory.usage', 'process.uptime', 'system.uptime']) {
    assert.ok(names.has(present), present);
  }
  assert.equal(all['system.cpu.logical.count'], cpus().length);
  assert.equal(all['system.memory.limit'], totalmem());
  const free = all['system.memory.usage{free}']!;
  assert.equal(all['system.memory.usage{used}'], totalmem() - free);
  assert.ok(Math.abs(free - freemem()) < totalmem() / 4);
  for (const absent of [
    'process.disk.io',
    'process.memory.virtual',
    'process.thread.count',
    'process.unix.file_descriptor.count',
    'process.unix.file_descriptor.limit',
    'system.memory.linux.available',
    'system.paging.usage',
    'system.disk.io',
    'system.network.io',
    'container.memory.limit',
    'container.cpu.limit',
  ]) {
    assert.ok(!names.has(absent), absent);
  }
});

test('an unexpected file affects only its own numbers', async (t) => {
  const whole = Object.keys(await read(t, SERVER));
  const files = ['stat', 'meminfo', 'diskstats', 'self/status', 'self/io', 'self/limits', 'self/net/dev'];
  for (const file of files) {
    for (const text of ['', '\n', 'no such thing', 'cpu  1 x\nMemTotal: none kB\neth0: 7\n 8 0 sda what\n']) {
      const all = await read(t, { ...SERVER, [`proc/${file}`]: text });
      for (const value of Object.values(all)) assert.ok(Number.isFinite(value));
      const lost = whole.filter((name) => !(name in all));
      const groups = new Set(lost.map((name) => name.split(/[.{]/, 2).join('.')));
      assert.ok(groups.size <= 2, `${file}: ${[...groups]}`);
      assert.ok(lost.length > 0, file);
    }
  }
  const withoutCached = await read(t, {
    ...SERVER,
    'proc/meminfo': SERVER['proc/meminfo']!.replace('Cached:  ', 'Cashed:  '),
  });
  assert.deepEqual(
    whole.filter((name) => !(name in withoutCached)),
    ['system.memory.usage{cached}', 'system.memory.utilization{cached}'],
  );
});

test('a missing file is not tried again', async (t) => {
  const machine = new Machine(t, {});
  const host = startFor(t, { roots: machine.roots });
  await readings(host);
  machine.write(SERVER);
  assert.deepEqual(of('system.network.', await readings(host)), {});
});
