import { AggregationTemporality, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { compress } from 'snappyjs';
import { packageVersion } from '../../base/pitot-scope.ts';
import type { Config } from '../../config/settings/table.ts';
import type { Family } from '../expose/families.ts';
import type { Answer, Component, Forwarder } from './forwarder.ts';
import { failureOf, HttpClient } from './http-client.ts';
import { OpenSeries, type Snapshot } from './open-series.ts';
import { createFamilies } from './prometheus-families.ts';
import { receiverText } from './receiver-text.ts';
import { encodeRemoteWrite, type TargetLabels } from './remote-write-request.ts';

/** The headers in which a receiver of version 2.0 says what it has written. The first is always there. */
const SAMPLES_WRITTEN = 'x-prometheus-remote-write-samples-written';
const HISTOGRAMS_WRITTEN = 'x-prometheus-remote-write-histograms-written';

/** A request without an answer yet. */
interface Sent {
  readonly samples: number;
  /** Undefined for a part of a collection. */
  readonly snapshot: Snapshot | undefined;
}

/** Prometheus remote write 2.0. (https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/) */
export class RemoteWriteForwarder implements Forwarder {
  readonly target: string;
  readonly component: Component;
  readonly selectTemporality = () => AggregationTemporality.CUMULATIVE;
  private readonly client: HttpClient;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly familiesOf: (metrics: ResourceMetrics) => Promise<readonly Family[]>;
  private readonly sent = new WeakMap<Uint8Array, Sent>();
  private readonly series = new OpenSeries();
  private labels: TargetLabels = {};
  /** The time of the latest request, in milliseconds since the epoch. */
  private time = 0;

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
    this.familiesOf = createFamilies(config, 'allow-utf-8');
  }

  async encode(metrics: ResourceMetrics, isPart = false): Promise<Uint8Array> {
    const snapshot = this.series.snapshot(await this.familiesOf(metrics));
    this.labels = targetLabels(metrics);
    // Other parts have the rest.
    const request = this.request(snapshot, !isPart);
    this.series.sent(snapshot);
    return request;
  }

  /** "Senders MUST send stale markers when a time series will no longer be appended to." ("Stale Markers") */
  async end(timeout: number): Promise<void> {
    if (this.series.areNone) return;
    const answer = await this.attempt(this.request(new Map(), true), timeout);
    if (answer.outcome !== 'accepted') throw new Error(`${this.target}: ${answer.reason}`);
  }

  /** With a request without series. */
  probe(timeout: number): Promise<Answer> {
    return this.attempt(this.request(new Map(), true), timeout);
  }

  private request(snapshot: Snapshot, isWhole: boolean): Uint8Array {
    // Samples of a series need times that ascend.
    this.time = Math.max(Date.now(), this.time + 1);
    const gone = isWhole ? this.series.goneBy(snapshot) : [];
    const { bytes, samples } = encodeRemoteWrite(snapshot, gone, this.labels, this.time);
    const request = compress(bytes);
    this.sent.set(request, { samples, snapshot: isWhole ? snapshot : undefined });
    return request;
  }

  async attempt(request: Uint8Array, timeout: number): Promise<Answer> {
    const response = await this.client.send('POST', this.headers, request, timeout);
    if ('outcome' in response) return response;
    const { status, headers, body } = response;
    const message = receiverText(body.toString());
    // "Retries & Backoff": 5xx and 429.
    if (status < 200 || status >= 300) return failureOf(response, message, status === 429 || status >= 500);
    const { [SAMPLES_WRITTEN]: written, [HISTOGRAMS_WRITTEN]: histograms = 0 } = headers;
    const ofStatus = { 'http.response.status_code': status };
    if (written === undefined) {
      // "Required Written Response Headers": a receiver of 1.0 takes the request for an empty one.
      const reason = 'it does not say what it has written, so that it has no remote write 2.0';
      return { outcome: 'refused', errorType: 'rejected', reason, status: ofStatus };
    }
    const { samples = 0, snapshot } = this.sent.get(request) ?? {};
    if (snapshot !== undefined) this.series.accepted(snapshot);
    const rejected = Math.max(0, samples - Number(written) - Number(histograms));
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
