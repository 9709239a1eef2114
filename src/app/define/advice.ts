import type { MetricAdvice, MetricOptions } from '@opentelemetry/api';
import type { MetricContract } from '../../contract/contract.ts';
import type { Scalar } from '../../contract/declaration.ts';
import type { LimitsAdvice } from '../../model/advice.ts';
import type { GaugeRule } from '../../model/gauge-rules.ts';
import { fineBoundaries } from './fine-durations.ts';

/**
 * The part of a contract that pitot's recorder needs and the API has no options for. It travels as
 * `options.advice.limits`, because an SDK may follow advice or ignore it: other SDKs keep the object and do
 * not look into it.
 */
interface ContractAdvice extends LimitsAdvice {
  readonly merge: GaugeRule | undefined;
  /** The declared values by attribute; empty for an attribute that takes any value. */
  readonly attributes: Readonly<Record<string, readonly Scalar[]>>;
}

/** The options with which a contract creates an instrument. */
export interface ContractOptions extends MetricOptions {
  advice: MetricAdvice & { readonly limits: ContractAdvice };
}

export function adviceOf(metric: MetricContract): ContractOptions['advice'] {
  const { boundaries, merge, seriesLimit, seriesIdle } = metric;
  const attributes = Object.fromEntries(metric.attributes.map(({ name, values }) => [name, values] as const));
  const redact = Object.fromEntries(
    metric.attributes.flatMap(({ name, redact }) => (redact === undefined ? [] : [[name, redact] as const])),
  );
  const cellBoundaries = fineBoundaries(metric.name);
  const limits = {
    merge,
    seriesLimit,
    attributes,
    ...(seriesIdle !== undefined && { seriesIdle }),
    ...(cellBoundaries !== undefined && { cellBoundaries }),
    ...(Object.keys(redact).length > 0 && { redact }),
    declared: Object.fromEntries(
      metric.attributes.map(({ name, type, values, isClosed }) => [name, isClosed ? { values } : { type }]),
    ),
  };
  return boundaries === undefined ? { limits } : { explicitBucketBoundaries: [...boundaries], limits };
}
