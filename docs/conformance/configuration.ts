import { missing, proven, type Section } from './row.ts';

/** Environment variables and configuration files, in the order of the compliance matrix. */
export const CONFIGURATION: readonly Section[] = [
  {
    title: 'Environment variables',
    rows: [
      proven('OTEL_SDK_DISABLED', 'e2e/boot.test.ts', 'OTEL_SDK_DISABLED leaves the application as it is'),
      proven('OTEL_RESOURCE_ATTRIBUTES', 'config/config.test.ts', '…: is read without a fault'),
      proven('OTEL_SERVICE_NAME', 'config/config.test.ts', '…: is read without a fault'),
      proven('OTEL_LOG_LEVEL', 'config/config.test.ts', '…: is read without a fault'),
      missing('OTEL_PROPAGATORS', 'pitot propagates nothing. It reads the active span of any tracer.'),
      missing('OTEL_BSP_*', 'Only for traces.'),
      missing('OTEL_BLRP_*', 'Only for logs.'),
      proven('OTEL_EXPORTER_OTLP_*', 'config/config.test.ts', '…: is read without a fault'),
      missing('OTEL_EXPORTER_ZIPKIN_*', 'Only for traces.'),
      missing('OTEL_TRACES_EXPORTER', 'Only for traces.'),
      proven('OTEL_METRICS_EXPORTER', 'config/config.test.ts', '…: is read without a fault'),
      missing('OTEL_LOGS_EXPORTER', 'Only for logs.'),
      missing('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'Only for traces.'),
      missing('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'Only for traces.'),
      missing('OTEL_SPAN_EVENT_COUNT_LIMIT', 'Only for traces.'),
      missing('OTEL_SPAN_LINK_COUNT_LIMIT', 'Only for traces.'),
      missing('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', 'Only for traces.'),
      missing('OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', 'Only for traces.'),
      missing('OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', 'Only for logs.'),
      missing('OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'Only for logs.'),
      missing('OTEL_TRACES_SAMPLER', 'Only for traces.'),
      missing('OTEL_TRACES_SAMPLER_ARG', 'Only for traces.'),
      missing(
        'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
        'Attributes of metrics are exempt from these limits (specification, "Attribute limits").',
      ),
      missing(
        'OTEL_ATTRIBUTE_COUNT_LIMIT',
        'Attributes of metrics are exempt from these limits (specification, "Attribute limits").',
      ),
      proven('OTEL_METRIC_EXPORT_INTERVAL', 'config/config.test.ts', '…: is read without a fault'),
      proven('OTEL_METRIC_EXPORT_TIMEOUT', 'config/config.test.ts', '…: is read without a fault'),
      proven('OTEL_METRICS_EXEMPLAR_FILTER', 'config/config.test.ts', '…: is read without a fault'),
      proven(
        'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
        'config/config.test.ts',
        '…: is read without a fault',
      ),
      proven(
        'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
        'e2e/histogram-aggregation.test.ts',
        'a preference for exponential histograms holds for those without boundaries, which text has as classic ones',
      ),
      proven(
        'OTEL_CONFIG_FILE',
        'config/declared-service.test.ts',
        'a service with a configuration file is what the file says',
      ),
    ],
  },
  {
    title: 'Declarative configuration',
    rows: [
      proven(
        '`Parse` a configuration file',
        'config/declarative.test.ts',
        'readers, views, resource, limits and log level become settings, and nothing is left to say',
      ),
      proven(
        'The `Parse` operation accepts the configuration YAML file format',
        'config/declarative.test.ts',
        'a file that configures all signals is read, with the name from OTEL_SERVICE_NAME by its service detector',
      ),
      proven(
        'The `Parse` operation performs environment variable substitution',
        'config/declarative.test.ts',
        'a file whose values are variables takes them from the environment, and the defaults it names',
      ),
      missing(
        'The `Parse` operation returns configuration model',
        'The model stays inside pitot: a program passes options to `boot()`.',
      ),
      missing(
        'The `Parse` operation resolves plugin component configuration to `properties`',
        'pitot loads no plugin components. A start names those in a file.',
      ),
      proven(
        '`Create` SDK components',
        'config/declared-service.test.ts',
        'a service with a configuration file is what the file says',
      ),
      missing(
        'The `Create` operation accepts configuration model',
        'The model stays inside pitot: a program passes options to `boot()`.',
      ),
      missing('The `Create` operation returns `TracerProvider`', 'pitot makes metrics only.'),
      proven(
        'The `Create` operation returns `MeterProvider`',
        'config/declared-service.test.ts',
        'a service with a configuration file is what the file says',
      ),
      missing('The `Create` operation returns `LoggerProvider`', 'pitot makes metrics only.'),
      missing('The `Create` operation returns `Propagators`', 'pitot propagates nothing.'),
      missing(
        'The `Create` operation calls `CreateComponent` of corresponding `PluginComponentProvider` when encountering plugin components',
        'pitot loads no plugin components. A start names those in a file.',
      ),
      missing(
        'Register a `PluginComponentProvider`',
        'pitot loads no plugin components. A start names those in a file.',
      ),
    ],
  },
];
