import { type MetricOptions, ValueType } from '@opentelemetry/api';
import type { MetricDeclaration } from './declaration.ts';

/** The options of a declared instrument, for a meter. */
export function metricOptions(declaration: MetricDeclaration): MetricOptions {
  const { unit, description, integer, boundaries } = declaration;
  return {
    unit,
    description,
    valueType: integer === true ? ValueType.INT : ValueType.DOUBLE,
    ...(boundaries !== undefined && { advice: { explicitBucketBoundaries: [...boundaries] } }),
  };
}
