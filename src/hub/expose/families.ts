import type { HrTime } from '@opentelemetry/api';
import type { Distribution } from './buckets.ts';
import type { Labels } from './labels.ts';
import type { SampleExemplar } from './sample-exemplar.ts';

export interface Sample<Value> {
  readonly labels: Labels;
  readonly value: Value;
  /** The start time of the count; undefined if it is unknown, or if the value is not a count. */
  readonly created: HrTime | undefined;
  readonly exemplars: readonly SampleExemplar[] | undefined;
}

interface FamilyOf<Type, Value> {
  /** As in the text format: a counter's ends in `_total` if the strategy has suffixes, an info's in `_info`. */
  readonly name: string;
  readonly type: Type;
  /** As given by the application, or ''. */
  readonly help: string;
  /** The unit in Prometheus' spelling, such as `seconds`, or ''. */
  readonly unit: string;
  readonly samples: readonly Sample<Value>[];
}

export type NumberFamily = FamilyOf<'counter' | 'gauge' | 'info', number>;
export type HistogramFamily = FamilyOf<'histogram', Distribution>;

/**
 * A Prometheus metric family, common to all exposition formats. In a list of families no two samples of a
 * family have the same labels, and no two families have samples of the same name.
 */
export type Family = NumberFamily | HistogramFamily;

/** The fields that determine the names of a family's samples, in any format. */
export function sampleNames(name: string, type: Family['type']): string[] {
  if (type !== 'histogram') return [name];
  return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`, `${name}_created`];
}
