import type { Attributes } from '@opentelemetry/api';
import { PROM_CLIENT_GC_BOUNDARIES, PROM_CLIENT_ONLY_METRICS } from '../../contract/prom-client-defaults.ts';

/** A default metric of prom-client 15, and the metric of pitot's that it is computed from. */
export interface PromClientMetric {
  /** Names, labels and help texts are those of prom-client/lib/metrics, whatever the translation strategy. */
  readonly name: string;
  readonly help: string;
  readonly from: string;
  /** Undefined for a point that does not count. Points with equal labels are added up. */
  readonly labels: (attributes: Attributes, value: unknown) => Attributes | undefined;
  /** Whether the processes of a service are added up, where pitot has one series per process. */
  readonly isTotal: boolean;
  readonly boundaries?: readonly number[];
}

const SPACE = 'v8js.heap.space.name';

/** In prom-client's order. `nodejs_version_info` is missing here: it comes from no metric. */
export const PROM_CLIENT_METRICS: readonly PromClientMetric[] = [
  metric('process_cpu_user_seconds_total', 'Total user CPU time spent in seconds.', {
    from: 'process.cpu.time',
    labels: (attributes) => cpuMode(attributes, 'user'),
  }),
  metric('process_cpu_system_seconds_total', 'Total system CPU time spent in seconds.', {
    from: 'process.cpu.time',
    labels: (attributes) => cpuMode(attributes, 'system'),
  }),
  metric('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.', {
    from: 'process.cpu.time',
    labels: (attributes) => without(attributes, 'cpu.mode'),
  }),
  metric('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', {
    from: 'process.start_time',
  }),
  metric('process_resident_memory_bytes', 'Resident memory size in bytes.', { from: 'process.memory.usage' }),
  metric('process_virtual_memory_bytes', 'Virtual memory size in bytes.', { from: 'process.memory.virtual' }),
  metric('process_heap_bytes', 'Process heap size in bytes.', { from: 'process_heap_bytes' }),
  metric('process_open_fds', 'Number of open file descriptors.', {
    from: 'process.unix.file_descriptor.count',
  }),
  metric('process_max_fds', 'Maximum number of open file descriptors.', {
    from: 'process.unix.file_descriptor.limit',
  }),
  only('nodejs_eventloop_lag_seconds'),
  delay('min', 'The minimum recorded event loop delay.'),
  delay('max', 'The maximum recorded event loop delay.'),
  delay('mean', 'The mean of the recorded event loop delays.'),
  delay('stddev', 'The standard deviation of the recorded event loop delays.'),
  delay('p50', 'The 50th percentile of the recorded event loop delays.'),
  delay('p90', 'The 90th percentile of the recorded event loop delays.'),
  delay('p99', 'The 99th percentile of the recorded event loop delays.'),
  metric(
    'nodejs_active_resources',
    'Number of active resources that are currently keeping the event loop alive, grouped by async resource type.',
    {
      from: 'v8js.resource.active',
      // prom-client has no series for a type that is gone.
      labels: ({ 'v8js.resource.type': type = '' }, value) => (value === 0 ? undefined : { type }),
      isTotal: true,
    },
  ),
  metric('nodejs_active_resources_total', 'Total number of active resources.', {
    from: 'v8js.resource.active',
    labels: () => ({}),
    isTotal: true,
  }),
  only('nodejs_active_handles'),
  only('nodejs_active_handles_total'),
  only('nodejs_active_requests'),
  only('nodejs_active_requests_total'),
  metric('nodejs_heap_size_total_bytes', 'Process heap size from Node.js in bytes.', {
    from: 'v8js.memory.heap.space.size',
    labels: (attributes) => without(attributes, SPACE),
  }),
  metric('nodejs_heap_size_used_bytes', 'Process heap size used from Node.js in bytes.', {
    from: 'v8js.memory.heap.used',
    labels: (attributes) => without(attributes, SPACE),
  }),
  only('nodejs_external_memory_bytes'),
  space('total', 'v8js.memory.heap.space.size'),
  space('used', 'v8js.memory.heap.used'),
  space('available', 'v8js.memory.heap.space.available_size'),
  metric(
    'nodejs_gc_duration_seconds',
    'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    {
      from: 'v8js.gc.duration',
      labels: ({ 'v8js.gc.type': kind = '', ...rest }) => ({ ...rest, kind }),
      boundaries: PROM_CLIENT_GC_BOUNDARIES,
    },
  ),
];

function metric(
  name: string,
  help: string,
  how: Pick<PromClientMetric, 'from'> & Partial<PromClientMetric>,
): PromClientMetric {
  return { name, help, labels: (attributes) => attributes, isTotal: false, ...how };
}

/** A metric that pitot records under prom-client's name. */
function only(name: keyof typeof PROM_CLIENT_ONLY_METRICS): PromClientMetric {
  return metric(name, PROM_CLIENT_ONLY_METRICS[name].description, { from: name });
}

function delay(statistic: string, help: string): PromClientMetric {
  return metric(`nodejs_eventloop_lag_${statistic}_seconds`, help, {
    from: `nodejs.eventloop.delay.${statistic}`,
  });
}

function space(size: string, from: string): PromClientMetric {
  return metric(
    `nodejs_heap_space_size_${size}_bytes`,
    `Process heap space size ${size} from Node.js in bytes.`,
    {
      from,
      labels: ({ [SPACE]: name = '', ...rest }) => ({ ...rest, space: String(name).replace(/_space.*/, '') }),
    },
  );
}

function cpuMode({ 'cpu.mode': mode, ...rest }: Attributes, wanted: string): Attributes | undefined {
  return mode === wanted ? rest : undefined;
}

function without(attributes: Attributes, name: string): Attributes {
  const { [name]: _, ...rest } = attributes;
  return rest;
}
