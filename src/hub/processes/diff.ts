import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Exemplar } from '../../model/exemplars.ts';
import {
  anyNumber,
  attributes,
  type Check,
  flag,
  integer,
  list,
  oneOf,
  optional,
  pair,
  shape,
  text,
  where,
} from './checks.ts';
import { MAX_NANOSECONDS, MAX_SECONDS } from './floats.ts';

/** A process with more than this many of either sends nonsense: an application's limits keep it far below. */
export const MAX_METRICS = 100_000;
export const MAX_SERIES = 5_000_000;
/** The limit for one series. A histogram with more buckets sends its youngest. */
export const MAX_EXEMPLARS = 1000;
/** Characters; names and descriptions are the application's. */
const MAX_TEXT = 65_536;

/** A metric without its values. */
export interface MetricHead {
  readonly scope: ScopeMetrics['scope'];
  /** With no data points. */
  readonly metric: MetricData;
  /** Histograms with explicit buckets only. */
  readonly boundaries: readonly number[];
}

/**
 * The changes in a process' series. A process announces metrics and series once. Afterwards their place in the order of
 * announcements identifies them.
 */
export interface Diff {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly metrics: readonly MetricHead[];
  readonly series: readonly { readonly metric: number; readonly attributes: Attributes }[];
  /** As a `FloatWriter` writes them. */
  readonly values: Float64Array;
  /** Series that are not reported any more. One that has a value afterwards is reported again. */
  readonly absent: readonly number[];
  readonly exemplars: readonly (readonly [series: number, exemplars: readonly Exemplar[]])[];
}

const METRIC = shape({
  descriptor: shape({
    name: text(MAX_TEXT),
    description: text(MAX_TEXT),
    unit: text(MAX_TEXT),
    valueType: oneOf(ValueType.INT, ValueType.DOUBLE),
    type: optional(text(MAX_TEXT)),
    merge: optional(text(MAX_TEXT)),
    boundaries: optional(where(isAscending)),
  }),
  dataPointType: oneOf(
    DataPointType.SUM,
    DataPointType.GAUGE,
    DataPointType.HISTOGRAM,
    DataPointType.EXPONENTIAL_HISTOGRAM,
  ),
  aggregationTemporality: oneOf(AggregationTemporality.CUMULATIVE),
  isMonotonic: optional(flag),
  dataPoints: list(attributes, 0),
});

const EXEMPLAR = shape<Exemplar>({
  value: anyNumber,
  timestamp: pair(integer(0, MAX_SECONDS), integer(0, MAX_NANOSECONDS)) as Check<HrTime>,
  traceId: optional(where((value) => /^[\da-f]{32}$/.test(String(value)))),
  spanId: optional(where((value) => /^[\da-f]{16}$/.test(String(value)))),
  filteredAttributes: attributes,
});

/** Whether what another process sent is a diff by itself; `ProcessState.requireFit` checks the rest. */
export const DIFF: Check<Diff> = shape<Diff>({
  time: integer(0, MAX_SECONDS * 1000),
  metrics: list(
    shape<MetricHead>({
      scope: shape<ScopeMetrics['scope']>({
        name: text(MAX_TEXT),
        version: optional(text(MAX_TEXT)),
        schemaUrl: optional(text(MAX_TEXT)),
      }),
      metric: METRIC as Check<never>,
      boundaries: where(isAscending),
    }),
    MAX_METRICS,
  ),
  series: list(shape({ metric: integer(0, MAX_METRICS), attributes }), MAX_SERIES),
  values: where((value) => value instanceof Float64Array),
  absent: list(integer(0, MAX_SERIES), MAX_SERIES),
  exemplars: list(pair(integer(0, MAX_SERIES), list(EXEMPLAR, MAX_EXEMPLARS)), MAX_SERIES),
});

function isAscending(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (bound, i) => typeof bound === 'number' && (i === 0 ? !Number.isNaN(bound) : bound > value[i - 1]),
    )
  );
}

/** The metric without values, for its announcement. @param boundaries of histograms with explicit buckets, else empty */
export function headOf(
  scope: ScopeMetrics['scope'],
  metric: MetricData,
  boundaries: readonly number[],
): MetricHead {
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  return { scope, metric: { ...metric, aggregationTemporality, dataPoints: [] }, boundaries };
}
