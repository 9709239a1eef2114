import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import { diag } from '../../base/diag.ts';
import { packageVersion } from '../../base/pitot-scope.ts';
import { type Config, SETTINGS } from '../../config/settings/table.ts';
import { createDefaultMetrics } from '../expose/default-metrics.ts';
import { encodeText } from '../expose/formats/text.ts';
import { createTranslate } from '../expose/translate.ts';
import { warnOnce } from '../expose/warnings.ts';
import type { Answer, Component, Forwarder } from './forwarder.ts';
import { failureOf, HttpClient } from './http-client.ts';
import { receiverText } from './receiver-text.ts';

/** Prometheus' names of labels. */
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Prometheus' Pushgateway. Each push replaces all metrics of its group, so that a group has what its last pusher had.
 * (Pushgateway, README, "API")
 */
export class PushgatewayForwarder implements Forwarder {
  readonly target: string;
  readonly component: Component;
  readonly replaces = true;
  readonly selectTemporality = () => AggregationTemporality.CUMULATIVE;
  private readonly client: HttpClient;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly withDefaultMetrics: (metrics: ResourceMetrics) => ResourceMetrics;
  private readonly translate;

  constructor(config: Config, target: string) {
    this.target = target;
    const url = new URL(config.pushgatewayUrl);
    const { username, password } = url;
    url.username = '';
    url.password = '';
    url.pathname = `${url.pathname.replace(/\/$/, '')}/metrics${groupPath(config)}`;
    this.client = new HttpClient(url);
    const credentials = [username, password].map(decodeURIComponent).join(':');
    this.headers = {
      'user-agent': `pitot/${packageVersion() ?? '0'}`,
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      ...(credentials !== ':' && {
        authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      }),
    };
    this.component = {
      type: 'prometheus_pushgateway_metric_exporter',
      server: this.client.server,
      expectedErrors: ['ECONNREFUSED', 'timeout', '400', '503'],
    };
    this.withDefaultMetrics = createDefaultMetrics(config.defaultMetrics);
    this.translate = createTranslate({
      strategy: config.translationStrategy,
      scopeLabels: config.scopeLabels,
      warn: warnOnce((message) => diag.warn(message)),
    });
  }

  async encode(metrics: ResourceMetrics): Promise<Uint8Array> {
    const families = await this.translate(this.withDefaultMetrics(metrics), 'underscores');
    // The encoder overwrites a chunk with the next one.
    return Buffer.concat(Array.from(encodeText(families), (chunk) => Buffer.from(chunk)));
  }

  async attempt(body: Uint8Array, timeout: number): Promise<Answer> {
    const response = await this.client.send('PUT', this.headers, body, timeout);
    if ('outcome' in response) return response;
    const { status } = response;
    if (status < 200 || status >= 300) return failureOf(response, receiverText(response.body.toString()));
    return {
      outcome: 'accepted',
      rejected: 0,
      message: '',
      status: { 'http.response.status_code': status },
    };
  }

  close(): void {
    this.client.close();
  }
}

/** The grouping key as a path, `job` first. Throws an error that names the setting if a label's name is none. */
function groupPath({ pushgatewayGrouping, serviceName }: Config): string {
  const { job = serviceName, ...others } = pushgatewayGrouping;
  const pairs = [['job', job] as const, ...Object.entries(others)];
  for (const [name] of pairs) {
    if (LABEL_NAME.test(name)) continue;
    const [variable] = SETTINGS.pushgatewayGrouping.variables;
    throw new Error(
      `option pushgatewayGrouping (${variable}) has the label ${JSON.stringify(name)}, but names of labels have ` +
        'letters, digits and underscores only',
    );
  }
  return pairs.map(([name, value]) => `/${segments(name, value)}`).join('');
}

/** Slashes, and values without a character, need base64. (README, "URL") */
function segments(name: string, value: string): string {
  if (value === '') return `${name}@base64/=`;
  if (value.includes('/')) return `${name}@base64/${Buffer.from(value).toString('base64url')}`;
  return `${name}/${encodeURIComponent(value)}`;
}
