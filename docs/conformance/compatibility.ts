import { TRANSLATION_STRATEGIES, type TranslationStrategy } from '../../src/naming/naming.ts';

/** A rule of the specification's "Prometheus and OpenMetrics Compatibility", from OTLP metrics to Prometheus. */
export interface CompatibilityRule {
  /** The section of compatibility/prometheus_and_openmetrics.md. */
  readonly section: string;
  readonly rule: string;
  /** Where a scraper does not see it. */
  readonly exceptions?: readonly CompatibilityException[];
}

interface CompatibilityException {
  /** All unless given. */
  readonly formats?: readonly FormatName[];
  /** All unless given. */
  readonly strategies?: readonly TranslationStrategy[];
  readonly reason: string;
}

export const FORMAT_NAMES = [
  'PrometheusText0.0.4',
  'PrometheusText1.0.0',
  'OpenMetricsText0.0.1',
  'OpenMetricsText1.0.0',
  'OpenMetricsText2.0.0',
  'PrometheusProto',
  'JSON',
] as const;
type FormatName = (typeof FORMAT_NAMES)[number];

const TEXT: readonly FormatName[] = ['PrometheusText0.0.4', 'PrometheusText1.0.0'];
const OPENMETRICS: readonly FormatName[] = ['OpenMetricsText0.0.1', 'OpenMetricsText1.0.0'];
const WITHOUT_SUFFIXES: readonly TranslationStrategy[] = [
  'UnderscoreEscapingWithoutSuffixes',
  'NoTranslation',
];

const NO_EXEMPLARS = { formats: TEXT, reason: 'The text format has no exemplars.' };
/** Counters without `_total`. */
const UNKNOWN_TYPE = {
  formats: OPENMETRICS,
  strategies: WITHOUT_SUFFIXES,
};

/** By the names that test/hub/expose/compatibility.test.ts has for them. */
export const COMPATIBILITY = {
  name: {
    section: 'Metric metadata',
    rule: 'The name of a metric has the characters that the strategy and the format allow.',
  },
  unitSuffix: {
    section: 'Metric metadata',
    rule: 'The unit is a suffix in full words, `{annotations}` are dropped, and `By/s` becomes `bytes_per_second`.',
  },
  ratioSuffix: { section: 'Metric metadata', rule: 'A gauge with the unit `1` gets the suffix `ratio`.' },
  totalSuffix: { section: 'Metric metadata', rule: 'A monotonic sum gets the suffix `_total`.' },
  unit: {
    section: 'Metric metadata',
    rule: 'UNIT has the unit.',
    exceptions: [
      { formats: TEXT, reason: 'The text format has no UNIT.' },
      {
        ...UNKNOWN_TYPE,
        reason: 'OpenMetrics 1.0 allows a unit only as a suffix of the name.',
      },
    ],
  },
  help: { section: 'Metric metadata', rule: 'HELP has the description.' },
  type: {
    section: 'Metric metadata',
    rule: 'TYPE has the type that the point and its temporality give.',
    exceptions: [
      {
        ...UNKNOWN_TYPE,
        reason: 'Counters of OpenMetrics 1.0 end in `_total`. One without it is `unknown`.',
      },
    ],
  },
  oneFamily: {
    section: 'Metric metadata',
    rule: 'Metrics of one name from several scopes are one family, with one TYPE and one HELP.',
  },
  scopeLabels: {
    section: 'Instrumentation scope',
    rule: 'Every series has `otel_scope_name`, `otel_scope_version`, `otel_scope_schema_url` and the attributes of its scope.',
  },
  monotonic: { section: 'Sums', rule: 'A cumulative monotonic sum is a counter with its value.' },
  nonMonotonic: { section: 'Sums', rule: 'A non-monotonic sum is a gauge with its value.' },
  deltas: { section: 'Sums', rule: 'A delta that no one accumulates is dropped.' },
  gauge: { section: 'Gauges', rule: 'A gauge is a gauge with its last value.' },
  histogram: {
    section: 'Histograms',
    rule: 'A histogram has cumulative buckets by `le` up to `+Inf`, `_count`, and `_sum`.',
  },
  noSum: {
    section: 'Histograms',
    rule: 'A histogram without a sum has no `_sum`.',
    exceptions: [
      {
        formats: ['OpenMetricsText2.0.0'],
        reason: 'OpenMetrics 2.0 requires a sum. One that is not known is NaN.',
      },
    ],
  },
  exponential: {
    section: 'Exponential histograms',
    rule: 'An exponential histogram is a native histogram with all its buckets.',
    exceptions: [
      {
        formats: [...TEXT, ...OPENMETRICS],
        reason: 'Only OpenMetrics 2.0, protobuf and JSON have native histograms.',
      },
    ],
  },
  classicExponential: {
    section: 'Exponential histograms',
    rule: 'It has classic buckets too, so that every scraper gets its distribution.',
  },
  counterExemplar: {
    section: 'Exemplars',
    rule: 'A counter has its exemplar, with `trace_id` and `span_id`.',
    exceptions: [
      NO_EXEMPLARS,
      {
        ...UNKNOWN_TYPE,
        reason: 'OpenMetrics 1.0 allows exemplars only on counters, whose names end in `_total`.',
      },
    ],
  },
  bucketExemplar: {
    section: 'Exemplars',
    rule: 'A bucket has the exemplar whose value is in it.',
    exceptions: [NO_EXEMPLARS],
  },
  startTime: {
    section: 'Start time',
    rule: 'Counters and histograms have their start time.',
    exceptions: [
      { formats: TEXT, reason: 'The text format has no start times.' },
      {
        formats: OPENMETRICS,
        reason: '`_created` costs a series each, and is there if `PITOT_CREATED_SERIES` asks for it.',
      },
    ],
  },
  labelNames: {
    section: 'Metric attributes',
    rule: 'Attribute keys are label names with the characters that the strategy and the format allow.',
  },
  joinedLabels: {
    section: 'Metric attributes',
    rule: 'Values of keys that become one label name are joined by `;`, in the order of the keys.',
  },
  labelValues: { section: 'Metric attributes', rule: 'Values that are not text become JSON.' },
  targetInfo: {
    section: 'Resource attributes',
    rule: 'The attributes of the resource are the labels of `target_info`, with the value 1.',
  },
} as const satisfies Readonly<Record<string, CompatibilityRule>>;

/** Why a rule does not show with that strategy in that format; `undefined` if it does. */
export function exceptionFor(
  { exceptions = [] }: CompatibilityRule,
  strategy: TranslationStrategy,
  format: FormatName,
): string | undefined {
  return exceptions.find(
    ({ formats = FORMAT_NAMES, strategies = TRANSLATION_STRATEGIES }) =>
      formats.includes(format) && strategies.includes(strategy),
  )?.reason;
}
