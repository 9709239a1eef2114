/** The cost of encoding an OTLP body, beside the official serializers. See README.md. */
import { ValueType } from '@opentelemetry/api';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { jsonSerializer } from '../src/hub/forward/otlp-serializer/json.ts';
import { protobufSerializer } from '../src/hub/forward/otlp-serializer/protobuf.ts';
import { table, writeResults } from './results.ts';
import { spreadOf, withQuartiles } from './statistics.ts';

const INSTRUMENTS = 10;
const SERIES = 1000;
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const WARM_UP = 10;
const ROUNDS = 15;

/** 10,000 histograms of 15 buckets with three attributes. */
const metrics: ResourceMetrics = {
  resource: resourceFromAttributes({ 'service.name': 'bench' }),
  scopeMetrics: [
    { scope: { name: 'bench' }, metrics: Array.from({ length: INSTRUMENTS }, (_, i) => histogram(i)) },
  ],
};

function histogram(number: number): MetricData {
  const counts = [...BOUNDS.keys(), BOUNDS.length].map((i) => 3 * i);
  return {
    descriptor: { name: `duration.${number}`, description: 'h', unit: 's', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: Array.from({ length: SERIES }, (_, i) => ({
      startTime: [1_700_000_000, 500_000_000],
      endTime: [1_700_000_060, 250_000_000],
      attributes: {
        'http.request.method': i % 2 === 0 ? 'GET' : 'POST',
        'http.route': `/organisations/:organisation/orders/${i}`,
        'http.response.status_code': i % 3 === 0 ? 200 : 404,
      },
      value: {
        count: counts.reduce((a, b) => a + b, 0),
        sum: i * 1.5,
        min: 0.001,
        max: 12.5,
        buckets: { boundaries: BOUNDS, counts },
      },
    })),
  };
}

const SERIALIZERS = {
  'pitot, protobuf': protobufSerializer,
  'official, protobuf': ProtobufMetricsSerializer,
  'pitot, JSON': jsonSerializer,
  'official, JSON': JsonMetricsSerializer,
};

const times = new Map<string, number[]>(Object.keys(SERIALIZERS).map((name) => [name, []]));
const megabytes = new Map<string, string>();
for (let round = 0; round < WARM_UP + ROUNDS; round++) {
  for (const [name, serializer] of Object.entries(SERIALIZERS)) {
    const before = process.cpuUsage();
    const body = serializer.serializeRequest(metrics);
    const { user, system } = process.cpuUsage(before);
    if (round >= WARM_UP) times.get(name)?.push((user + system) / 1000);
    megabytes.set(name, ((body?.length ?? 0) / 1e6).toFixed(1));
  }
}
const rows = [...times].map(([name, list]) => [
  name,
  withQuartiles(spreadOf(list), 1),
  megabytes.get(name) ?? '',
]);
writeResults('otlp', table(['10,000 histograms of 15 buckets', 'ms of processor time', 'megabytes'], rows), [
  '@opentelemetry/otlp-transformer',
]);
