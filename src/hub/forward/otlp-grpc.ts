import { Client, type ClientOptions, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type Config, SETTINGS } from '../../config/settings/table.ts';
import type { Answer, Forwarder } from './forwarder.ts';
import type { OtlpBase } from './otlp-base.ts';
import { protobufSerializer } from './otlp-serializer/protobuf.ts';
import { readResponse } from './partial-success.ts';
import { receiverText } from './receiver-text.ts';
import { readRpcStatus } from './rpc-status.ts';
import type { TlsFiles } from './tls-files.ts';

const EXPORT = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

/** OTLP specification, "OTLP/gRPC", "Failures". RESOURCE_EXHAUSTED only counts if the receiver names a delay. */
const RETRYABLE: ReadonlySet<status> = new Set([
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
  status.ABORTED,
  status.OUT_OF_RANGE,
  status.UNAVAILABLE,
  status.DATA_LOSS,
]);

/** Compression algorithms by their numbers in gRPC core. */
const COMPRESSIONS = { none: 0, gzip: 2 } as const;

/** OTLP over gRPC. It has a file of its own because gRPC is heavy; pitot loads it only when it is chosen. */
export class OtlpGrpcForwarder implements Forwarder {
  readonly target;
  readonly selectTemporality;
  readonly component;
  private readonly client: Client;
  private readonly metadata: Metadata;

  constructor(config: Config, files: TlsFiles, base: OtlpBase) {
    this.target = base.target;
    this.selectTemporality = base.selectTemporality;
    this.metadata = metadataOf(config);
    const options: ClientOptions = {
      'grpc.default_compression_algorithm': COMPRESSIONS[config.otlpCompression],
      'grpc.primary_user_agent': base.userAgent,
      // gRPC's own pauses grow to two minutes, during which it would not notice that a receiver is back.
      'grpc.initial_reconnect_backoff_ms': 1000,
      'grpc.max_reconnect_backoff_ms': 5000,
    };
    this.client = new Client(addressOf(config), credentialsFor(config, files), options);
    this.component = {
      type: 'otlp_grpc_metric_exporter',
      server: serverOf(addressOf(config)),
      expectedErrors: ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED', 'rejected'],
    };
  }

  encode(metrics: ResourceMetrics): Uint8Array {
    return protobufSerializer.serializeRequest(metrics) ?? new Uint8Array();
  }

  attempt(request: Uint8Array, timeout: number): Promise<Answer> {
    return new Promise((resolve) => {
      this.client.makeUnaryRequest(
        EXPORT,
        (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        (bytes: Buffer) => bytes,
        request,
        this.metadata,
        { deadline: Date.now() + timeout },
        (error, response) => {
          resolve(error === null ? accepted(response) : failed(error));
        },
      );
    });
  }

  close(): void {
    this.client.close();
  }
}

function accepted(response: Buffer = Buffer.alloc(0)): Answer {
  const said = readResponse(response, (bytes) => protobufSerializer.deserializeResponse(bytes));
  return { outcome: 'accepted', ...said, status: { 'rpc.status_code': 'OK' } };
}

function failed({ code, details, metadata }: ServiceError): Answer {
  const errorType = status[code] ?? 'UNKNOWN';
  const failure = {
    errorType,
    reason: `${errorType}: ${receiverText(details)}`,
    status: { 'rpc.status_code': errorType },
  };
  const wait = retryDelayOf(metadata);
  const isRetryable = RETRYABLE.has(code) || (code === status.RESOURCE_EXHAUSTED && wait !== undefined);
  return isRetryable ? { outcome: 'retryable', ...failure, wait } : { outcome: 'refused', ...failure };
}

/** A failure without a receiver has no metadata. */
function retryDelayOf(metadata: Metadata | undefined): number | undefined {
  const [details] = metadata?.get('grpc-status-details-bin') ?? [];
  return details instanceof Buffer ? readRpcStatus(details)?.retryDelay : undefined;
}

function addressOf({ otlpEndpoint }: Config): string {
  return /^https?:/i.test(otlpEndpoint) ? new URL(otlpEndpoint).host : otlpEndpoint;
}

/** `address:port`, `[address]:port`, `unix://path`. */
function serverOf(address: string): { address: string; port?: number } {
  const path = /^unix:(?:\/\/)?(.*)$/.exec(address)?.[1];
  if (path !== undefined) return { address: path };
  const [, host = address, port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(address) ?? [];
  return port === undefined ? { address: host } : { address: host, port: Number(port) };
}

/** The scheme decides about TLS. `otlpInsecure` applies only without a scheme (protocol/exporter.md, "Insecure"). */
function credentialsFor({ otlpEndpoint, otlpInsecure }: Config, { ca, key, cert }: TlsFiles) {
  const scheme = /^(https?):/i.exec(otlpEndpoint)?.[1]?.toLowerCase();
  const insecure = scheme === undefined ? otlpInsecure : scheme === 'http';
  return insecure ? credentials.createInsecure() : credentials.createSsl(ca, key, cert);
}

function metadataOf({ otlpHeaders }: Config): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(otlpHeaders)) {
    try {
      metadata.set(name, value);
    } catch {
      // The text leaves out the reason, which quotes the value, a secret.
      const { variables } = SETTINGS.otlpHeaders;
      throw new Error(
        `option otlpHeaders (${variables.join(', ')}) has a header ${JSON.stringify(name)} that gRPC cannot carry`,
      );
    }
  }
  return metadata;
}
