import { type MetricOptions, ValueType } from '@opentelemetry/api';
import type { MetricDeclaration } from './declaration.ts';

/** What a meter is to be told of an instrument that is declared. */
export function metricOptions(declaration: MetricDeclaration): MetricOptions {
  const { unit, description, integer, boundaries } = declaration;
  return {
    unit,
    description,
    valueType: integer === true ? ValueType.INT : ValueType.DOUBLE,
    ...(boundaries !== undefined && { advice: { explicitBucketBoundaries: [...boundaries] } }),
  };
}
