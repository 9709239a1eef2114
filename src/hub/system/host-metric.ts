import type { MetricDeclaration } from '../../contract/declaration.ts';

/** A declaration as in a contract. Values may be fractions unless it says that they are integers. */
export type HostMetric = MetricDeclaration & { readonly kind: 'counter' | 'upDownCounter' | 'gauge' };
