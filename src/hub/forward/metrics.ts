import { describeMetrics } from '../../contract/contract.ts';
import type { AttributeDeclarations, MetricDeclaration } from '../../contract/declaration.ts';

const COMPONENT = {
  'otel.component.type': {
    type: 'string',
    known: [
      'otlp_http_metric_exporter',
      'otlp_http_json_metric_exporter',
      'otlp_grpc_metric_exporter',
      'prometheus_pushgateway_metric_exporter',
      'prometheus_remote_write_metric_exporter',
      'ConsoleMetricExporter',
      'periodic_metric_reader',
      'prometheus_http_text_metric_exporter',
    ],
    description: 'What kind of exporter or reader it is.',
  },
  'otel.component.name': { type: 'string', description: 'The type, and which one of that type.' },
} as const satisfies AttributeDeclarations;

const SERVER = {
  'server.address': { type: 'string', optional: true, description: 'Where it forwards to.' },
  'server.port': { type: 'number', optional: true },
} as const satisfies AttributeDeclarations;

const ERROR = {
  'error.type': {
    type: 'string',
    optional: true,
    known: [
      'rejected',
      'timeout',
      'ECONNREFUSED',
      '429',
      '503',
      'UNAVAILABLE',
      'DEADLINE_EXCEEDED',
      'RESOURCE_EXHAUSTED',
    ],
    description:
      "Why it failed: the receiver's HTTP status or gRPC code, the network error's code, `timeout`, or `rejected` for data points that the receiver took out of a request it accepted.",
  },
} as const satisfies AttributeDeclarations;

/** The metrics of forwarding itself. (Semantic conventions for OpenTelemetry SDK metrics) */
export const FORWARDING_METRICS = {
  'otel.sdk.exporter.metric_data_point.exported': {
    kind: 'counter',
    unit: '{data_point}',
    integer: true,
    description: 'Data points whose export has ended, well or, with `error.type`, not.',
    attributes: { ...COMPONENT, ...SERVER, ...ERROR },
  },
  'otel.sdk.exporter.metric_data_point.inflight': {
    kind: 'upDownCounter',
    unit: '{data_point}',
    integer: true,
    description: 'Data points whose export has begun and not ended; it lasts over all its retries.',
    attributes: { ...COMPONENT, ...SERVER },
  },
  'otel.sdk.exporter.operation.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Time of an export with all its retries.',
    attributes: {
      ...COMPONENT,
      ...SERVER,
      ...ERROR,
      'http.response.status_code': { type: 'number', optional: true },
      'rpc.status_code': { type: 'string', optional: true },
    },
    boundaries: [],
  },
  'otel.sdk.metric_reader.collection.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Time of collecting the metrics for one export or one scrape.',
    attributes: { ...COMPONENT, ...ERROR },
    boundaries: [],
  },
  'pitot.forward.lost': {
    kind: 'counter',
    unit: '{data_point}',
    integer: true,
    description:
      'Data points that no later export makes up for: rejected ones, and with delta temporality those of intervals that the receiver refused.',
    attributes: { ...COMPONENT, ...SERVER },
  },
} as const satisfies Readonly<Record<string, MetricDeclaration>>;

export const FORWARDING_CONTRACT = describeMetrics('', FORWARDING_METRICS, {
  title: 'Forwarding',
  introduction: 'Automatic, from the hub. Those of exporters are there where something is forwarded.',
});
