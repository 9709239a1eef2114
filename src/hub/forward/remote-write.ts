import { AggregationTemporality, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { compress } from 'snappyjs';
import { diag } from '../../base/diag.ts';
import { packageVersion } from '../../base/pitot-scope.ts';
import type { Config } from '../../config/settings/table.ts';
import { createDefaultMetrics } from '../expose/default-metrics.ts';
import { createTranslate } from '../expose/translate.ts';
import { warnOnce } from '../expose/warnings.ts';
import type { Answer, Component, Forwarder } from './forwarder.ts';
import { failureOf, HttpClient } from './http-client.ts';
import { receiverText } from './receiver-text.ts';
import { encodeRemoteWrite, type TargetLabels } from './remote-write-request.ts';

/** The header in which a receiver of version 2.0 says how many samples it has written. */
const WRITTEN = 'x-prometheus-remote-write-samples-written';

/** Prometheus remote write 2.0. (https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/) */
export class RemoteWriteForwarder implements Forwarder {
  readonly target: string;
  readonly component: Component;
  readonly selectTemporality = () => AggregationTemporality.CUMULATIVE;
  private readonly client: HttpClient;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly withDefaultMetrics: (metrics: ResourceMetrics) => ResourceMetrics;
  private readonly translate;
  /** Samples in each request. */
  private readonly samples = new WeakMap<Uint8Array, number>();

  constructor(config: Config, target: string) {
    this.target = target;
    this.client = new HttpClient(new URL(config.remoteWriteUrl));
    this.headers = {
      'user-agent': `pitot/${packageVersion() ?? '0'}`,
      ...config.remoteWriteHeaders,
      'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '2.0.0',
    };
    this.component = {
      type: 'prometheus_remote_write_metric_exporter',
      server: this.client.server,
      expectedErrors: ['ECONNREFUSED', 'timeout', '400', '429', '503', 'rejected'],
    };
    this.withDefaultMetrics = createDefaultMetrics(config.defaultMetrics);
    this.translate = createTranslate({
      strategy: config.translationStrategy,
      scopeLabels: config.scopeLabels,
      warn: warnOnce((message) => diag.warn(message)),
    });
  }

  async encode(metrics: ResourceMetrics): Promise<Uint8Array> {
    const families = await this.translate(this.withDefaultMetrics(metrics), 'allow-utf-8');
    const { bytes, samples } = encodeRemoteWrite(families, targetLabels(metrics), Date.now());
    const request = compress(bytes);
    this.samples.set(request, samples);
    return request;
  }

  async attempt(request: Uint8Array, timeout: number): Promise<Answer> {
    const response = await this.client.send('POST', this.headers, request, timeout);
    if ('outcome' in response) return response;
    const { status, headers, body } = response;
    const message = receiverText(body.toString());
    // "Retries & Backoff": 5xx and 429.
    if (status < 200 || status >= 300) return failureOf(response, message, status === 429 || status >= 500);
    const { [WRITTEN]: written } = headers;
    const ofStatus = { 'http.response.status_code': status };
    if (written === undefined) {
      // "Required Written Response Headers": a receiver of 1.0 takes the request for an empty one.
      const reason = 'it does not say what it has written, so that it has no remote write 2.0';
      return { outcome: 'refused', errorType: 'rejected', reason, status: ofStatus };
    }
    const rejected = Math.max(0, (this.samples.get(request) ?? 0) - Number(written));
    return { outcome: 'accepted', rejected, message: rejected === 0 ? '' : message, status: ofStatus };
  }

  close(): void {
    this.client.close();
  }
}

/** As for a target that is scraped. (Compatibility specification, "Resource Attributes") */
function targetLabels({ resource }: ResourceMetrics): TargetLabels {
  const {
    'service.name': name,
    'service.namespace': namespace,
    'service.instance.id': instance,
  } = resource.attributes;
  return {
    job: namespace === undefined ? String(name) : `${namespace}/${name}`,
    ...(instance !== undefined && { instance: String(instance) }),
  };
}
