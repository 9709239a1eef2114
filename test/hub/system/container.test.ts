import assert from 'node:assert/strict';
import { mock, type TestContext, test } from 'node:test';
import {
  CONTAINER,
  Machine,
  SLICES,
  startFor,
  UNLIMITED_CONTAINER,
  VERSION_1_CONTAINER,
} from './helpers/machines.ts';
import { of, readings } from './helpers/readings.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

async function containerOf(t: TestContext, files: Readonly<Record<string, string>>) {
  const machine = new Machine(t, files);
  const host = startFor(t, { roots: machine.roots });
  return of('container.', await readings(host));
}

test("a container's limits and its use of them are reported", async (t) => {
  assert.deepEqual(await containerOf(t, CONTAINER), {
    'container.cpu.time{user}': 60,
    'container.cpu.time{system}': 30,
    'container.cpu.limit': 1.5,
    'container.cpu.periods': 1000,
    'container.cpu.throttled_periods': 40,
    'container.cpu.throttled_time': 2.5,
    'container.memory.usage': 256 * MiB,
    'container.memory.working_set': 192 * MiB,
    'container.memory.limit': 512 * MiB,
    'container.memory.utilization': 0.375,
  });
});

test('control groups of version 1 give the same', async (t) => {
  assert.deepEqual(await containerOf(t, VERSION_1_CONTAINER), await containerOf(t, CONTAINER));
});

test("without limits the machine's memory and the CPUs the process may run on are the limits", async (t) => {
  const container = await containerOf(t, UNLIMITED_CONTAINER);
  assert.equal(container['container.memory.limit'], 8 * GiB);
  assert.equal(container['container.memory.usage'], 256 * MiB);
  assert.equal(container['container.memory.utilization'], 192 / 8192);
  assert.equal(container['container.cpu.limit'], 2);
});

test('a limit above the resources of the machine does not count', async (t) => {
  const container = await containerOf(t, {
    ...CONTAINER,
    'sys/fs/cgroup/memory.max': `${64 * GiB}\n`,
    'sys/fs/cgroup/cpu.max': '6400000 100000\n',
  });
  assert.equal(container['container.memory.limit'], 8 * GiB);
  assert.equal(container['container.cpu.limit'], 2);
});

test('the tightest limit of nested groups counts, with the use of its own group', async (t) => {
  const container = await containerOf(t, SLICES);
  assert.equal(container['container.memory.limit'], GiB);
  assert.equal(container['container.memory.usage'], 768 * MiB);
  assert.equal(container['container.memory.utilization'], 704 / 1024);
  assert.equal(container['container.cpu.limit'], 0.5);
  assert.equal(container['container.cpu.time{user}'], 60);
});

test('the outermost of several equal limits counts', async (t) => {
  const container = await containerOf(t, {
    ...SLICES,
    'sys/fs/cgroup/apps.slice/memory.max': `${GiB}\n`,
  });
  assert.equal(container['container.memory.usage'], 3 * GiB);
});

test("in groups without a limit the process's own group counts", async (t) => {
  const unlimited = Object.entries(SLICES).map(([path, text]): [string, string] => {
    if (path.endsWith('memory.max')) return [path, 'max\n'];
    return [path, path.endsWith('cpu.max') ? 'max 100000\n' : text];
  });
  const container = await containerOf(t, Object.fromEntries(unlimited));
  assert.equal(container['container.memory.usage'], 100 * MiB);
  assert.equal(container['container.memory.limit'], 8 * GiB);
  assert.equal(container['container.cpu.time{user}'], 10);
  assert.equal(container['container.cpu.limit'], 2);
});

test('a mount that shows only the group of the process is found, with any path of the group', async (t) => {
  const below = (root: string, path: string) => ({
    ...CONTAINER,
    'proc/self/cgroup': `0::${path}\n`,
    'proc/self/mountinfo': `31 27 0:29 ${root} /sys/fs/cgroup ro,relatime - cgroup2 cgroup rw\n`,
  });
  const expected = await containerOf(t, CONTAINER);
  const scope = '/kubepods.slice/pod\\040one.slice/cri-1.scope';
  assert.deepEqual(await containerOf(t, below(scope, scope.replace('\\040', ' '))), expected);
  assert.deepEqual(await containerOf(t, below('/..', '/../other.scope')), expected);
  assert.deepEqual(await containerOf(t, below('/', '/../other.scope')), expected);
});

test('a root of version 1 without limits does not count as a container', async (t) => {
  const container = await containerOf(t, {
    ...VERSION_1_CONTAINER,
    'proc/self/cgroup': '4:memory:/\n2:cpu,cpuacct:/\n0::/\n',
    'proc/self/mountinfo': `32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
`,
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
  });
  assert.deepEqual(container, {});
});

test('missing or damaged files affect only their own numbers', async (t) => {
  const without = (path: string, text: string) =>
    containerOf(t, { ...CONTAINER, [`sys/fs/cgroup/${path}`]: text });
  const noStat = await without('memory.stat', 'nothing of use\n');
  assert.equal(noStat['container.memory.usage'], 256 * MiB);
  assert.equal(noStat['container.memory.limit'], 512 * MiB);
  assert.ok(!('container.memory.utilization' in noStat));
  const noQuota = await without('cpu.max', 'lots');
  assert.ok(!('container.cpu.limit' in noQuota));
  assert.equal(noQuota['container.memory.limit'], 512 * MiB);
  const noThrottling = await without('cpu.stat', 'user_usec 1000000\nsystem_usec 2000000\n');
  assert.equal(noThrottling['container.cpu.time{user}'], 1);
  assert.ok(!('container.cpu.throttled_time' in noThrottling));
});

test('pitot notices a changed limit within about a minute', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  const machine = new Machine(t, CONTAINER);
  let now = 0;
  const host = startFor(t, { roots: machine.roots, now: () => now });
  machine.write({ 'sys/fs/cgroup/memory.max': `${GiB}\n`, 'sys/fs/cgroup/cpu.max': '50000 100000\n' });
  for (let tick = 0; tick < 7; tick++) {
    now += 10_000;
    mock.timers.tick(10_000);
  }
  const container = of('container.', await readings(host));
  mock.timers.reset();
  assert.equal(container['container.memory.limit'], GiB);
  assert.equal(container['container.cpu.limit'], 0.5);
});
