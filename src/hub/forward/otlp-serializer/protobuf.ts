import {
  type IExportMetricsServiceResponse,
  type ISerializer,
  ProtobufMetricsSerializer,
} from '@opentelemetry/otlp-transformer';
import {
  type DataPoint,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { ProtobufWriter } from '../../../encoding/protobuf-writer.ts';
import type { Scope } from '../../expose/label-columns.ts';
import { DATA, METRIC, REQUEST, RESOURCE, RESOURCE_METRICS, SCOPE, SCOPE_METRICS } from './fields.ts';
import { writeAttributes } from './protobuf-attributes.ts';
import {
  type WritePoint,
  writeExponentialPoint,
  writeHistogramPoint,
  writeNumberPoint,
} from './protobuf-points.ts';
import { TEMPORALITY } from './temporality.ts';

/**
 * Metrics as an `ExportMetricsServiceRequest`, with their exemplars. The official serializer leaves exemplars
 * out, because the SDK's points have none. It still reads the answers.
 */
export const protobufSerializer: ISerializer<ResourceMetrics, IExportMetricsServiceResponse> = {
  serializeRequest(metrics) {
    const writer = new ProtobufWriter();
    writeResourceMetrics(writer, metrics);
    return writer.take();
  },
  deserializeResponse: (data) => ProtobufMetricsSerializer.deserializeResponse(data),
};

function writeResourceMetrics(writer: ProtobufWriter, { resource, scopeMetrics }: ResourceMetrics): void {
  const message = writer.begin(REQUEST.resourceMetrics);
  const head = writer.begin(RESOURCE_METRICS.resource);
  writeAttributes(writer, RESOURCE.attributes, resource.attributes);
  writer.end(head);
  for (const one of scopeMetrics) writeScopeMetrics(writer, one);
  writer.textField(RESOURCE_METRICS.schemaUrl, resource.schemaUrl ?? '');
  writer.end(message);
}

function writeScopeMetrics(writer: ProtobufWriter, { scope, metrics }: ScopeMetrics): void {
  const message = writer.begin(RESOURCE_METRICS.scopeMetrics);
  writeScope(writer, scope);
  for (const metric of metrics) writeMetric(writer, metric);
  writer.textField(SCOPE_METRICS.schemaUrl, scope.schemaUrl ?? '');
  writer.end(message);
}

function writeScope(writer: ProtobufWriter, scope: Scope): void {
  const message = writer.begin(SCOPE_METRICS.scope);
  writer.textField(SCOPE.name, scope.name);
  writer.textField(SCOPE.version, scope.version ?? '');
  writeAttributes(writer, SCOPE.attributes, scope.attributes ?? {});
  writer.end(message);
}

function writeMetric(writer: ProtobufWriter, metric: MetricData): void {
  const { name, description, unit } = metric.descriptor;
  const message = writer.begin(SCOPE_METRICS.metrics);
  writer.textField(METRIC.name, name);
  writer.textField(METRIC.description, description);
  writer.textField(METRIC.unit, unit);
  writeData(writer, metric);
  writer.end(message);
}

function writeData(writer: ProtobufWriter, metric: MetricData): void {
  switch (metric.dataPointType) {
    case DataPointType.GAUGE: {
      const data = writer.begin(METRIC.gauge);
      writePoints(writer, metric, metric.dataPoints, writeNumberPoint);
      writer.end(data);
      break;
    }
    case DataPointType.SUM: {
      const data = writer.begin(METRIC.sum);
      writePoints(writer, metric, metric.dataPoints, writeNumberPoint);
      writeTemporality(writer, metric);
      if (metric.isMonotonic) writer.integerField(DATA.isMonotonic, 1);
      writer.end(data);
      break;
    }
    case DataPointType.HISTOGRAM: {
      const data = writer.begin(METRIC.histogram);
      writePoints(writer, metric, metric.dataPoints, writeHistogramPoint);
      writeTemporality(writer, metric);
      writer.end(data);
      break;
    }
    case DataPointType.EXPONENTIAL_HISTOGRAM: {
      const data = writer.begin(METRIC.exponentialHistogram);
      writePoints(writer, metric, metric.dataPoints, writeExponentialPoint);
      writeTemporality(writer, metric);
      writer.end(data);
    }
  }
}

function writePoints<T>(
  writer: ProtobufWriter,
  { descriptor }: MetricData,
  points: readonly DataPoint<T>[],
  write: WritePoint<T>,
): void {
  for (const point of points) {
    const message = writer.begin(DATA.dataPoints);
    write(writer, point, descriptor.valueType);
    writer.end(message);
  }
}

function writeTemporality(writer: ProtobufWriter, { aggregationTemporality }: MetricData): void {
  writer.integerField(DATA.aggregationTemporality, TEMPORALITY[aggregationTemporality]);
}
