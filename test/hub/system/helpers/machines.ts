import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  type HostMetrics,
  type HostOptions,
  startHostMetrics,
} from '../../../../src/hub/system/host-metrics.ts';

/** Texts of kernel files by their path, which begins with proc/ or sys/. */
type Files = Readonly<Record<string, string>>;

/** A directory with /proc and /sys of some machine in it, removed when the test ends. */
export class Machine {
  readonly roots: { readonly proc: string; readonly sys: string };
  private readonly directory = mkdtempSync(join(tmpdir(), 'pitot-machine-'));

  constructor(t: TestContext, files: Files) {
    t.after(() => rmSync(this.directory, { recursive: true }));
    this.roots = { proc: join(this.directory, 'proc'), sys: join(this.directory, 'sys') };
    mkdirSync(this.roots.proc);
    this.write(files);
  }

  write(files: Files): void {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.directory, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  remove(path: string): void {
    rmSync(join(this.directory, path), { recursive: true });
  }
}

/** Host metrics that end with the test. */
export function startFor(t: TestContext, options: HostOptions = {}): HostMetrics {
  const host = startHostMetrics(options);
  t.after(() => host[Symbol.dispose]());
  return host;
}

/** A server with four CPUs, two of which the process may not use, and 8 GiB of memory. */
export const SERVER: Files = {
  'proc/stat': `cpu  26059 120 11496 310686 581 3 150 11 40 0
cpu0 11714 60 5182 157455 32 1 51 2 20 0
cpu1 14345 60 6314 153231 548 2 99 8 20 0
cpu2 0 0 0 0 0 0 0 0 0 0
cpu3 0 0 0 0 1 0 0 1 0 0
intr 1571947 0 0 0 351 199 0 41 1 117404
ctxt 4077581
btime 1795207000
processes 21019
procs_running 2
procs_blocked 0
softirq 703315 0 262127 5 9441 0 0 152 150123 0 281467
`,
  'proc/meminfo': `MemTotal:        8388608 kB
MemFree:         1048576 kB
MemAvailable:    6291456 kB
Buffers:            4096 kB
Cached:          5242880 kB
SwapCached:            0 kB
SwapTotal:       2097152 kB
SwapFree:        1572864 kB
Dirty:               120 kB
`,
  'proc/diskstats': `   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
   8       0 sda 131122 28760 7214282 62993 19678 76507 6650392 15540 0 11716 79039 6841 14 288352 466 1216 38
   8       1 sda1 131022 28760 7212282 62893 19578 76507 6650092 15440 0 11616 78939 6841 14 288352 466 0 0
 259       0 nvme0n1 100 0 800 20 10 0 80 4 0 24 24 0 0 0 0 0 0
 259       1 nvme0n1p1 90 0 720 18 10 0 80 4 0 22 22 0 0 0 0 0 0
 253       1 dm-1 5 0 40 1 5 0 40 1 0 2 2 0 0 0 0 0 0
 253      10 dm-10 7 0 56 1 3 0 24 1 0 3 2 0 0 0 0 0 0
`,
  'proc/self/status': `Name:	node
Umask:	0022
State:	S (sleeping)
Tgid:	4711
FDSize:	256
VmPeak:	 1048580 kB
VmSize:	 1048576 kB
VmRSS:	   65536 kB
Threads:	11
Cpus_allowed:	3
Cpus_allowed_list:	0-1
voluntary_ctxt_switches:	150
nonvoluntary_ctxt_switches:	17
`,
  'proc/self/io': `rchar: 8688000
wchar: 1712000
syscr: 1400
syscw: 200
read_bytes: 126976
write_bytes: 40960
cancelled_write_bytes: 4096
`,
  'proc/self/limits': `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max processes             96365                96365                processes 
Max open files            20000                1048576              files     
Max locked memory         8388608              8388608              bytes     
`,
  'proc/self/fd/0': '',
  'proc/self/fd/1': '',
  'proc/self/fd/2': '',
  'proc/self/net/dev': `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 13898062   96049    0    0    0     0          0         0 13898062   96049    0    0    0     0       0          0
  eth0:604333951   16185    3    4    0     0          0         0  1228107   10522    5    6    0     0       0          0
`,
  'proc/self/mountinfo': `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/sda1 rw,discard
`,
};

const CGROUP2_MOUNT = `27 1 0:40 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/a:/b
31 27 0:29 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate
`;

const CPU_STAT = `usage_usec 90000000
user_usec 60000000
system_usec 30000000
nice_usec 0
core_sched.force_idle_usec 0
nr_periods 1000
nr_throttled 40
throttled_usec 2500000
nr_bursts 0
burst_usec 0
`;

const MEMORY_STAT = `anon 134217728
file 100663296
kernel 1048576
inactive_anon 0
active_anon 134217728
inactive_file 67108864
active_file 33554432
pgfault 76328
`;

/** A container as Docker and Kubernetes make it: its own group is all it sees of the control groups. */
export const CONTAINER: Files = {
  ...SERVER,
  'proc/self/cgroup': '0::/\n',
  'proc/self/mountinfo': CGROUP2_MOUNT,
  'sys/fs/cgroup/memory.max': '536870912\n',
  'sys/fs/cgroup/memory.current': '268435456\n',
  'sys/fs/cgroup/memory.stat': MEMORY_STAT,
  'sys/fs/cgroup/cpu.max': '150000 100000\n',
  'sys/fs/cgroup/cpu.stat': CPU_STAT,
};

/** The same without limits. */
export const UNLIMITED_CONTAINER: Files = {
  ...CONTAINER,
  'sys/fs/cgroup/memory.max': 'max\n',
  'sys/fs/cgroup/cpu.max': 'max 100000\n',
};

/**
 * A service in slices of the machine's: memory is limited by the outer slice and more by the inner, the
 * CPU by the outer alone. The root, as it is not limited, has files of neither.
 */
export const SLICES: Files = {
  ...SERVER,
  'proc/self/cgroup': '0::/apps.slice/apps-web.slice/web.service\n',
  'proc/self/mountinfo': CGROUP2_MOUNT,
  'sys/fs/cgroup/cpu.stat': CPU_STAT.replace('60000000', '99000000'),
  'sys/fs/cgroup/memory.stat': MEMORY_STAT,
  'sys/fs/cgroup/apps.slice/memory.max': '4294967296\n',
  'sys/fs/cgroup/apps.slice/memory.current': '3221225472\n',
  'sys/fs/cgroup/apps.slice/memory.stat': MEMORY_STAT,
  'sys/fs/cgroup/apps.slice/cpu.max': '50000 100000\n',
  'sys/fs/cgroup/apps.slice/cpu.stat': CPU_STAT,
  'sys/fs/cgroup/apps.slice/apps-web.slice/memory.max': '1073741824\n',
  'sys/fs/cgroup/apps.slice/apps-web.slice/memory.current': '805306368\n',
  'sys/fs/cgroup/apps.slice/apps-web.slice/memory.stat': MEMORY_STAT,
  'sys/fs/cgroup/apps.slice/apps-web.slice/cpu.max': 'max 100000\n',
  'sys/fs/cgroup/apps.slice/apps-web.slice/cpu.stat': CPU_STAT.replace('60000000', '20000000'),
  'sys/fs/cgroup/apps.slice/apps-web.slice/web.service/memory.max': 'max\n',
  'sys/fs/cgroup/apps.slice/apps-web.slice/web.service/memory.current': '104857600\n',
  'sys/fs/cgroup/apps.slice/apps-web.slice/web.service/memory.stat': MEMORY_STAT,
  'sys/fs/cgroup/apps.slice/apps-web.slice/web.service/cpu.max': 'max 100000\n',
  'sys/fs/cgroup/apps.slice/apps-web.slice/web.service/cpu.stat': CPU_STAT.replace('60000000', '10000000'),
};

/** A container on a machine whose control groups are of version 1, mounted with the machine's paths. */
export const VERSION_1_CONTAINER: Files = {
  ...SERVER,
  'proc/self/cgroup': `5:name=systemd:/docker/0123abcd
4:memory:/docker/0123abcd
2:cpu,cpuacct:/docker/0123abcd
0::/docker/0123abcd
`,
  'proc/self/mountinfo': `27 1 0:40 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/a:/b
31 27 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 /docker/0123abcd /sys/fs/cgroup/cpu,cpuacct ro,relatime master:9 - cgroup cgroup rw,cpu,cpuacct
33 31 0:30 /docker/0123abcd /sys/fs/cgroup/memory ro,relatime master:10 - cgroup cgroup rw,memory
34 31 0:31 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`,
  'sys/fs/cgroup/memory/memory.limit_in_bytes': '536870912\n',
  'sys/fs/cgroup/memory/memory.usage_in_bytes': '268435456\n',
  'sys/fs/cgroup/memory/memory.stat':
    'cache 9469952\ninactive_file 12288\ntotal_cache 9469952\ntotal_inactive_file 67108864\n',
  'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '150000\n',
  'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
  'sys/fs/cgroup/cpu,cpuacct/cpu.stat': 'nr_periods 1000\nnr_throttled 40\nthrottled_time 2500000000\n',
  'sys/fs/cgroup/cpu,cpuacct/cpuacct.stat': 'user 6000\nsystem 3000\n',
};
