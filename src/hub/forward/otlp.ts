import { packageVersion } from '../../base/pitot-scope.ts';
import type { Config } from '../../config/settings/table.ts';
import type { Forwarder } from './forwarder.ts';
import type { OtlpBase } from './otlp-base.ts';
import { temporalitySelector } from './otlp-temporality.ts';
import { readTlsFiles } from './tls-files.ts';

/** Rejects with an error that names the setting if a file or a header is unusable. */
export async function createOtlpForwarder(config: Config, target: string): Promise<Forwarder> {
  const files = await readTlsFiles(config);
  const base: OtlpBase = {
    target,
    selectTemporality: temporalitySelector(config.temporality),
    userAgent: `pitot/${packageVersion() ?? '0'} OTLP-Exporter-JavaScript`,
  };
  switch (config.otlpProtocol) {
    case 'http/protobuf':
    case 'http/json': {
      const { OtlpHttpForwarder } = await import('./otlp-http.ts');
      return new OtlpHttpForwarder(config, files, await httpEncoding(config.otlpProtocol), base);
    }
    case 'grpc': {
      const { OtlpGrpcForwarder } = await import('./otlp-grpc.ts');
      return new OtlpGrpcForwarder(config, files, base);
    }
  }
}

async function httpEncoding(protocol: 'http/protobuf' | 'http/json') {
  if (protocol === 'http/json') {
    const { jsonSerializer: serializer } = await import('./otlp-serializer/json.ts');
    return { contentType: 'application/json', componentType: 'otlp_http_json_metric_exporter', serializer };
  }
  const { protobufSerializer: serializer } = await import('./otlp-serializer/protobuf.ts');
  return { contentType: 'application/x-protobuf', componentType: 'otlp_http_metric_exporter', serializer };
}
