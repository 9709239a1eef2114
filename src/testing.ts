/** For tests of an application's own metrics: reads and resets what the application has recorded in this thread. */
import { recordFromTheStart } from './app/record/global.ts';

recordFromTheStart();

export { type DataPoint, dataPoints, metricsOf, resetMetrics } from './app/testing/testing.ts';
export type { ExponentialHistogramValue, HistogramValue, MetricValue } from './app/testing/values.ts';
export type { InstrumentKind } from './model/protocol.ts';
