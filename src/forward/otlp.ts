import {
  AggregationTemporalityPreference,
  type OTLPMetricExporter,
  type OTLPMetricExporterOptions,
} from '@opentelemetry/exporter-metrics-otlp-http';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { LONGEST } from '../config/kinds.ts';
import type { Config } from '../config/settings.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

const TEMPORALITIES = {
  cumulative: AggregationTemporalityPreference.CUMULATIVE,
  delta: AggregationTemporalityPreference.DELTA,
  lowmemory: AggregationTemporalityPreference.LOWMEMORY,
};

/**
 * The official OTLP exporter of the protocol chosen. It is told all it can be told: what it is not told it
 * would read from the environment by itself. (Headers it reads there in any case, and adds them to those it
 * is told; hence `hubEnvironment`.) Rejects where a file or a header cannot be used.
 */
export async function createOtlpExporter(config: Config): Promise<PushMetricExporter> {
  const files = await readTlsFiles(config);
  const options: OTLPMetricExporterOptions = {
    url: config.otlpEndpoint,
    timeoutMillis: config.otlpTimeout === 0 ? LONGEST : config.otlpTimeout,
    temporalityPreference: TEMPORALITIES[config.temporality],
  };
  switch (config.otlpProtocol) {
    case 'http/protobuf': {
      const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
      return new OTLPMetricExporter({ ...options, ...httpOptions(config, files) });
    }
    case 'http/json': {
      const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-http');
      return new OTLPMetricExporter({ ...options, ...httpOptions(config, files) });
    }
    case 'grpc': {
      const { createGrpcExporter } = await import('./otlp-grpc.ts');
      return createGrpcExporter(options, config, files);
    }
  }
}

type HttpOptions = NonNullable<ConstructorParameters<typeof OTLPMetricExporter>[0]>;

function httpOptions(
  config: Config,
  files: TlsFiles,
): Pick<HttpOptions, 'headers' | 'compression' | 'httpAgentOptions'> {
  return {
    headers: { ...config.otlpHeaders },
    compression: config.otlpCompression as NonNullable<HttpOptions['compression']>,
    httpAgentOptions: { keepAlive: true, ...files },
  };
}
