import type { HrTime } from '@opentelemetry/api';

/** One measurement of a series, with labels that lead to its circumstances: a trace, in most cases. */
export interface SampleExemplar {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
  readonly time: HrTime;
}
