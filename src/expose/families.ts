import type { Buckets } from './buckets.ts';
import type { Labels } from './labels.ts';

interface Sample<Value> {
  readonly labels: Labels;
  readonly value: Value;
}

interface FamilyOf<Type, Value> {
  /** As in the text format: a counter's ends in `_total`, an info's in `_info`. */
  readonly name: string;
  readonly type: Type;
  /** As given by the application, or ''. */
  readonly help: string;
  /** In Prometheus' words, `seconds`, or ''. */
  readonly unit: string;
  readonly samples: readonly Sample<Value>[];
}

export type NumberFamily = FamilyOf<'counter' | 'gauge' | 'info', number>;
export type HistogramFamily = FamilyOf<'histogram', Buckets>;

/**
 * A Prometheus metric family: what all exposition formats have in common. In a list of families no two
 * samples of a family have the same labels, and no two families give samples of the same name.
 */
export type Family = NumberFamily | HistogramFamily;

/** What names the samples of a family have in the text format. */
export function sampleNames(name: string, type: Family['type']): string[] {
  return type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}
