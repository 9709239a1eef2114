import type { DataPoint, MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';

export async function metricsOf(producer: MetricProducer): Promise<MetricData[]> {
  const { resourceMetrics } = await producer.collect();
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
}

/** Values by the metric's name and the values of its attributes: `system.disk.io{sda,read}`. */
export async function readings(producer: MetricProducer): Promise<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const { descriptor, dataPoints } of await metricsOf(producer)) {
    for (const { attributes, value } of dataPoints as DataPoint<number>[]) {
      const values = Object.values(attributes);
      all[values.length === 0 ? descriptor.name : `${descriptor.name}{${values.join(',')}}`] = value;
    }
  }
  return all;
}

/** Those readings whose metric's name begins so. */
export function of(prefix: string, all: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith(prefix)));
}
