import { readdirSync, readFileSync } from 'node:fs';
import { activeContext, spanContextIn } from '../../../opentelemetry/shared-api.ts';
import { Counter } from '../counter.ts';
import { Gauge } from '../gauge.ts';
import { commonOf, type DefaultCollector } from './config.ts';

const started = Math.round(Date.now() / 1000 - process.uptime());

export const processCpuTotal: DefaultCollector = (registry, config = {}) => {
  const { prefix, labels, labelNames, registers } = commonOf(registry, config);
  const enableExemplars = config.enableExemplars ? config.enableExemplars : false;
  let last = process.cpuUsage();
  const counterOf = (name: string, help: string, collect?: () => void) =>
    new Counter({
      name: `${prefix}${name}`,
      help,
      enableExemplars,
      ...registers,
      labelNames,
      ...(collect && { collect }),
    });
  const add = (counter: Counter, value: number) => {
    if (enableExemplars) counter.inc({ labels, value, exemplarLabels: activeSpan() });
    else counter.inc(labels, value);
  };
  // One function for all three, so that they agree.
  const user = counterOf('process_cpu_user_seconds_total', 'Total user CPU time spent in seconds.', () => {
    const now = process.cpuUsage();
    const userTime = now.user - last.user;
    const systemTime = now.system - last.system;
    last = now;
    add(user, userTime / 1e6);
    add(system, systemTime / 1e6);
    add(total, (userTime + systemTime) / 1e6);
  });
  const system = counterOf('process_cpu_system_seconds_total', 'Total system CPU time spent in seconds.');
  const total = counterOf('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.');
};

export const processStartTime: DefaultCollector = (registry, config = {}) => {
  const { prefix, labels, labelNames, registers } = commonOf(registry, config);
  new Gauge({
    name: `${prefix}process_start_time_seconds`,
    help: 'Start time of the process since unix epoch in seconds.',
    ...registers,
    labelNames,
    aggregator: 'omit',
    collect() {
      this.set(labels, started);
    },
  });
};

/** Memory as the system sees it: on Linux resident, virtual and data, elsewhere resident alone. */
export const osMemoryHeap: DefaultCollector = (registry, config = {}) => {
  const { prefix, labels, labelNames, registers } = commonOf(registry, config);
  const gaugeOf = (name: string, help: string, collect?: () => void) =>
    new Gauge({ name: `${prefix}${name}`, help, ...registers, labelNames, ...(collect && { collect }) });
  const residentHelp = 'Resident memory size in bytes.';
  if (process.platform !== 'linux') {
    const resident = gaugeOf('process_resident_memory_bytes', residentHelp, () => {
      const memory = memoryUsage();
      if (memory !== undefined) resident.set(labels, memory.rss);
    });
    return;
  }
  const resident = gaugeOf('process_resident_memory_bytes', residentHelp, () => {
    const status = statusOfProcess();
    if (status === undefined) return;
    resident.set(labels, status.VmRSS);
    virtual.set(labels, status.VmSize);
    data.set(labels, status.VmData);
  });
  const virtual = gaugeOf('process_virtual_memory_bytes', 'Virtual memory size in bytes.');
  const data = gaugeOf('process_heap_bytes', 'Process heap size in bytes.');
};

export const processOpenFileDescriptors: DefaultCollector = (registry, config = {}) => {
  if (process.platform !== 'linux') return;
  const { prefix, labels, labelNames, registers } = commonOf(registry, config);
  new Gauge({
    name: `${prefix}process_open_fds`,
    help: 'Number of open file descriptors.',
    ...registers,
    labelNames,
    collect() {
      try {
        // Without the one that reads the list.
        this.set(labels, readdirSync('/proc/self/fd').length - 1);
      } catch {
        // A system without /proc: the metric stays as it is.
      }
    },
  });
};

export const processMaxFileDescriptors: DefaultCollector = (registry, config = {}) => {
  const limit = maxFileDescriptors();
  if (limit === undefined) return;
  const { prefix, labels, labelNames, registers } = commonOf(registry, config);
  new Gauge({
    name: `${prefix}process_max_fds`,
    help: 'Maximum number of open file descriptors.',
    ...registers,
    labelNames,
    collect() {
      this.set(labels, limit);
    },
  });
};

/** `process.memoryUsage()` throws on some platforms. */
export function memoryUsage(): NodeJS.MemoryUsage | undefined {
  try {
    return process.memoryUsage();
  } catch {
    return undefined;
  }
}

function activeSpan(): Record<string, string> {
  const span = spanContextIn(activeContext());
  return span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId };
}

/** Sizes in bytes from /proc/self/status, which the kernel gives in kibibytes. */
function statusOfProcess(): { VmRSS: number; VmSize: number; VmData: number } | undefined {
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    const bytesOf = (name: string) =>
      Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
    return { VmRSS: bytesOf('VmRSS'), VmSize: bytesOf('VmSize'), VmData: bytesOf('VmData') };
  } catch {
    return undefined;
  }
}

function maxFileDescriptors(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
