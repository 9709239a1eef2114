import type { MetricDeclaration } from '../../contract/declaration.ts';

/** As in a contract; values may be fractions unless it says that they are integers. */
export type HostMetric = MetricDeclaration & { readonly kind: 'counter' | 'upDownCounter' | 'gauge' };
