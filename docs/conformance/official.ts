import { UNUSUAL_REQUESTS } from './requests.ts';

/** What a reader of a metric can see of it. */
export type Aspect = 'name' | 'unit' | 'kind' | 'attributes' | 'value';

/** A metric of an official package, in whose place pitot has its own source. */
export interface OfficialMetric {
  /** The name as the package has it. */
  readonly metric: string;
  /** The name as pitot has it, if it is another. */
  readonly own?: string;
  /** Why pitot's metric differs, by aspect. Everything else is the same. */
  readonly differences?: Partial<Readonly<Record<Aspect, string>>>;
}

/** All metrics of a package. */
export interface OfficialPackage {
  readonly name: string;
  readonly remark?: string;
  /** Markdown after the table of metrics. */
  readonly more?: string;
  readonly metrics: readonly OfficialMetric[];
}

const HEAP = {
  kind: 'The conventions have up-down counters for all sizes of the heap, the package for one.',
};
const NO_UNIT = 'The conventions have a unit, the package has none.';
const BYTES = 'The conventions have an up-down counter, because the bytes of all states add up.';
const MODES =
  'The package writes `system.cpu.state` for each CPU. The conventions have `cpu.mode`, over all CPUs.';
const PROCESS_MODES = 'The conventions replaced `process.cpu.state` by `cpu.mode`.';
const DEVICES =
  'The conventions replaced `system.device` by `network.interface.name`. pitot reports every interface.';
const WINDOW = 'Over the last 10 s, for every reader. The package computes it since its last reading.';

/** test/app/sources/http/conformance.test.ts sends each of them to both, and compares what they record. */
function unusualRequests(): string {
  const rows = Object.entries(UNUSUAL_REQUESTS).map(
    ([request, { official, own, reason }]) => `| ${request} | ${official} | ${own} | ${reason} |`,
  );
  return [
    'These requests are recorded differently. `app/sources/http/conformance.test.ts` sends them to both, beside all',
    'methods, statuses and kinds of routes, which are recorded the same.',
    '[http.md](http.md#where-this-differs-from-the-official-packages) tells more.',
    '',
    '| Request | The package | pitot | Reason |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

export const OFFICIAL: readonly OfficialPackage[] = [
  {
    name: '@opentelemetry/instrumentation-http',
    remark:
      'With `@opentelemetry/instrumentation-express`, which has no metrics of its own and gives `http.route`.',
    more: unusualRequests(),
    metrics: [{ metric: 'http.server.request.duration' }, { metric: 'http.client.request.duration' }],
  },
  {
    name: '@opentelemetry/instrumentation-runtime-node',
    metrics: [
      { metric: 'nodejs.eventloop.delay.min' },
      { metric: 'nodejs.eventloop.delay.max' },
      { metric: 'nodejs.eventloop.delay.mean' },
      { metric: 'nodejs.eventloop.delay.stddev' },
      { metric: 'nodejs.eventloop.delay.p50' },
      { metric: 'nodejs.eventloop.delay.p90' },
      { metric: 'nodejs.eventloop.delay.p99' },
      { metric: 'nodejs.eventloop.time' },
      { metric: 'nodejs.eventloop.utilization' },
      { metric: 'v8js.gc.duration' },
      { metric: 'v8js.memory.heap.space.size' },
      { metric: 'v8js.memory.heap.used', differences: HEAP },
      { metric: 'v8js.memory.heap.space.available_size', differences: HEAP },
      { metric: 'v8js.memory.heap.space.physical_size', differences: HEAP },
      { metric: 'v8js.resource.active' },
    ],
  },
  {
    name: '@opentelemetry/host-metrics',
    metrics: [
      { metric: 'process.cpu.time', differences: { attributes: PROCESS_MODES } },
      {
        metric: 'process.cpu.utilization',
        differences: { unit: NO_UNIT, attributes: PROCESS_MODES, value: WINDOW },
      },
      { metric: 'process.memory.usage', differences: { unit: NO_UNIT, kind: BYTES } },
      { metric: 'system.cpu.time', differences: { attributes: MODES } },
      {
        metric: 'system.cpu.utilization',
        differences: { unit: NO_UNIT, attributes: MODES, value: WINDOW },
      },
      {
        metric: 'system.memory.usage',
        differences: {
          unit: NO_UNIT,
          kind: BYTES,
          attributes: '`cached` and `buffers` are states of their own, which the package counts as `free`.',
        },
      },
      {
        metric: 'system.memory.utilization',
        differences: {
          unit: NO_UNIT,
          attributes: '`cached` and `buffers` are states of their own, which the package counts as `free`.',
        },
      },
      {
        metric: 'system.network.dropped',
        own: 'system.network.packet.dropped',
        differences: { name: 'The conventions renamed it.', unit: NO_UNIT, attributes: DEVICES },
      },
      { metric: 'system.network.errors', differences: { unit: NO_UNIT, attributes: DEVICES } },
      { metric: 'system.network.io', differences: { unit: NO_UNIT, attributes: DEVICES } },
    ],
  },
];

/** What a metric of a shape looks like in the text format. */
export type TextAspect = 'name' | 'type' | 'help' | 'unit' | 'labels' | 'value';

/** A shape of metrics, as `@opentelemetry/exporter-prometheus` and pitot write it. */
export interface OfficialText {
  readonly shape: string;
  readonly differences?: Partial<Readonly<Record<TextAspect, string>>>;
}

const UNIT_SUFFIX = 'The specification wants the unit as a suffix by default. The package adds none.';
const UNIT_LINE = 'Text 0.0.4 has no UNIT lines: to its readers they are comments. The package writes them.';
const NO_HELP = 'pitot writes no HELP for a metric without a description, the package `description missing`.';

const NO_EXPONENTIAL = 'The package writes `untyped` and no sample.';
const NO_INFO = 'The specification wants no `target_info` without attributes. The package writes one.';

/** By the names that test/reference/official-packages.test.ts has for the shapes. */
export const OFFICIAL_TEXT = {
  counter: {
    shape: 'A counter with a unit and a description',
    differences: { name: UNIT_SUFFIX, unit: UNIT_LINE },
  },
  plainCounter: { shape: 'A counter without a unit' },
  undescribed: { shape: 'A counter without a description', differences: { help: NO_HELP } },
  joined: {
    shape: 'Attributes whose keys become one label name',
    differences: {
      labels: 'The specification joins their values by `;`. The package writes the label twice.',
    },
  },
  upDownCounter: { shape: 'An up-down counter' },
  values: { shape: 'Attributes that are not text' },
  gauge: { shape: 'A gauge, NaN and infinities' },
  ratio: {
    shape: 'A gauge with the unit `1`',
    differences: { name: 'The specification wants the suffix `ratio`.', unit: UNIT_LINE },
  },
  scopes: { shape: 'One name in two scopes' },
  histogram: { shape: 'A histogram' },
  noSum: { shape: 'A histogram without a sum' },
  exponential: {
    shape: 'An exponential histogram',
    differences: {
      type: NO_EXPONENTIAL,
      labels: NO_EXPONENTIAL,
      value: NO_EXPONENTIAL,
    },
  },
  resource: { shape: 'A resource' },
  noResource: {
    shape: 'A resource without attributes',
    differences: { name: NO_INFO, type: NO_INFO, help: NO_INFO, value: NO_INFO },
  },
} as const satisfies Readonly<Record<string, OfficialText>>;
