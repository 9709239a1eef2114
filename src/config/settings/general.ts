import { exporterList } from '../parsers/exporters.ts';
import { attributePairs } from '../parsers/key-value-lists.ts';
import { choice, flag, text } from '../parsers/parser.ts';
import { setting } from '../parsers/setting.ts';

/** Settings of the service and of pitot itself. */
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
    meaning: "The service's name. It wins over `service.name` in `OTEL_RESOURCE_ATTRIBUTES`.",
  }),
  resourceAttributes: setting({
    group: 'General',
    variables: ['OTEL_RESOURCE_ATTRIBUTES'],
    parser: attributePairs(),
    default: {},
    defaultText: 'none',
    meaning:
      'Attributes of the whole service. The option adds to the variable, and wins where both have a key.',
  }),
  logLevel: setting({
    group: 'General',
    variables: ['OTEL_LOG_LEVEL'],
    parser: choice(['NONE', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'VERBOSE', 'ALL']),
    default: 'INFO',
    meaning:
      'The least severe log messages that pitot prints, also of the OpenTelemetry libraries in its hub.',
  }),
  exporters: setting({
    group: 'General',
    variables: ['PITOT_METRICS_EXPORTER', 'OTEL_METRICS_EXPORTER'],
    parser: exporterList(['prometheus', 'otlp', 'pushgateway', 'remote_write', 'console', 'none']),
    default: ['prometheus'],
    meaning:
      'Where metrics go: `prometheus` serves them, `otlp` sends them, `pushgateway` pushes them to a Pushgateway, `remote_write` writes them to Prometheus, `console` prints them, `none` (alone) does nothing. As an option also exporters and readers of other packages: `{ module, export, options }` (docs/exporters.md). Only pitot reads `PITOT_METRICS_EXPORTER`, so `OTEL_METRICS_EXPORTER=none` can silence another SDK beside it.',
  }),
} as const;
