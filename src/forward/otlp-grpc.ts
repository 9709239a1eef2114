import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import type { OTLPMetricExporterOptions } from '@opentelemetry/exporter-metrics-otlp-http';
import {
  createEmptyMetadata,
  createInsecureCredentials,
  createSslCredentials,
} from '@opentelemetry/otlp-grpc-exporter-base';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { type Config, SETTINGS } from '../config/settings.ts';
import type { TlsFiles } from './tls-files.ts';

type GrpcOptions = NonNullable<ConstructorParameters<typeof OTLPMetricExporter>[0]>;

/** Apart from the other protocols because gRPC is heavy and loaded only when chosen. */
export function createGrpcExporter(
  options: OTLPMetricExporterOptions,
  config: Config,
  files: TlsFiles,
): PushMetricExporter {
  return new OTLPMetricExporter({
    ...options,
    compression: config.otlpCompression as NonNullable<GrpcOptions['compression']>,
    credentials: credentialsFor(config, files),
    metadata: metadataOf(config),
  });
}

/** The scheme says whether there is TLS; only without one does `otlpInsecure` (protocol/exporter.md, "Insecure"). */
function credentialsFor({ otlpEndpoint, otlpInsecure }: Config, { ca, key, cert }: TlsFiles) {
  const scheme = /^(https?):/i.exec(otlpEndpoint)?.[1]?.toLowerCase();
  const insecure = scheme === undefined ? otlpInsecure : scheme === 'http';
  return insecure ? createInsecureCredentials() : createSslCredentials(ca, key, cert);
}

function metadataOf({ otlpHeaders }: Config) {
  const metadata = createEmptyMetadata();
  for (const [name, value] of Object.entries(otlpHeaders)) {
    try {
      metadata.set(name, value);
    } catch {
      // The reason is not passed on: it quotes the value, which is a secret.
      const { variables } = SETTINGS.otlpHeaders;
      throw new Error(
        `option otlpHeaders (${variables.join(', ')}) has a header ${JSON.stringify(name)} that gRPC cannot carry`,
      );
    }
  }
  return metadata;
}
