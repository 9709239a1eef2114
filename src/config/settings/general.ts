import { attributePairs } from '../parsers/key-value-lists.ts';
import { choice, choices, flag, text } from '../parsers/parser.ts';
import { setting } from '../parsers/setting.ts';

/** What is said of the service and of pitot itself. */
export const GENERAL = {
  configFile: setting({
    group: 'General',
    variables: ['OTEL_CONFIG_FILE'],
    parser: text('path of a YAML file'),
    default: undefined,
    meaning:
      "File of OpenTelemetry's declarative configuration. Where there is one, no other `OTEL_*` variable counts (docs/configuration-file.md).",
  }),
  disabled: setting({
    group: 'General',
    variables: ['OTEL_SDK_DISABLED'],
    parser: flag(),
    default: false,
    meaning: 'Switches pitot off: nothing is measured, served or forwarded.',
  }),
  serviceName: setting({
    group: 'General',
    variables: ['OTEL_SERVICE_NAME'],
    parser: text(),
    default: 'unknown_service:node',
    meaning: "Name of the service; wins over `service.name` among the resource attributes' variable.",
  }),
  resourceAttributes: setting({
    group: 'General',
    variables: ['OTEL_RESOURCE_ATTRIBUTES'],
    parser: attributePairs(),
    default: {},
    defaultText: 'none',
    meaning:
      "Attributes of the service as a whole; an option's attributes are added to the variable's and win.",
  }),
  logLevel: setting({
    group: 'General',
    variables: ['OTEL_LOG_LEVEL'],
    parser: choice(['NONE', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'VERBOSE', 'ALL']),
    default: 'INFO',
    meaning: 'How much pitot and the OpenTelemetry libraries in it say about themselves.',
  }),
  exporters: setting({
    group: 'General',
    variables: ['PITOT_METRICS_EXPORTER', 'OTEL_METRICS_EXPORTER'],
    parser: choices(['prometheus', 'otlp', 'console', 'none']),
    default: ['prometheus'],
    meaning:
      'Where metrics go: served for Prometheus, sent over OTLP, printed on standard output, or (`none`, alone) nowhere. The first variable is read by pitot alone: `OTEL_METRICS_EXPORTER=none` silences another SDK beside it.',
  }),
} as const;
