import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import { packageVersion } from '../../base/pitot-scope.ts';
import { type Config, SETTINGS } from '../../config/settings/table.ts';
import type { Family } from '../expose/families.ts';
import { encodeText } from '../expose/formats/text.ts';
import type { Answer, Component, Forwarder, Retryable } from './forwarder.ts';
import { failureOf, HttpClient, type HttpResponse } from './http-client.ts';
import { createFamilies } from './prometheus-families.ts';
import { receiverText } from './receiver-text.ts';

/** Prometheus' names of labels, without those that it keeps for itself. */
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

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
  /** For the gateway itself, and not for a group. */
  private readonly ready: HttpClient;
  readonly end?: (timeout: number) => Promise<void>;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly familiesOf: (metrics: ResourceMetrics) => Promise<readonly Family[]>;

  constructor(config: Config, target: string) {
    this.target = target;
    const url = new URL(config.pushgatewayUrl);
    const { username, password } = url;
    url.username = '';
    url.password = '';
    const base = url.pathname.replace(/\/$/, '');
    url.pathname = `${base}/-/ready`;
    this.ready = new HttpClient(new URL(url));
    url.pathname = `${base}/metrics${groupPath(config)}`;
    this.client = new HttpClient(url);
    if (config.pushgatewayAtExit === 'delete') this.end = (timeout) => this.delete(timeout);
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
    this.familiesOf = createFamilies(config, 'underscores');
  }

  async encode(metrics: ResourceMetrics): Promise<Uint8Array> {
    const families = await this.familiesOf(metrics);
    // The encoder overwrites a chunk with the next one.
    return Buffer.concat(Array.from(encodeText(families), (chunk) => Buffer.from(chunk)));
  }

  async attempt(body: Uint8Array, timeout: number): Promise<Answer> {
    return answerOf(await this.client.send('PUT', this.headers, body, timeout));
  }

  private async delete(timeout: number): Promise<void> {
    const answer = answerOf(await this.client.send('DELETE', this.headers, NOTHING, timeout));
    if (answer.outcome !== 'accepted') throw new Error(`${this.target}: ${answer.reason}`);
  }

  /** A push without metrics would take the group's. */
  async probe(timeout: number): Promise<Answer> {
    return answerOf(await this.ready.send('GET', this.headers, NOTHING, timeout));
  }

  close(): void {
    this.client.close();
    this.ready.close();
  }
}

const NOTHING = new Uint8Array();

function answerOf(response: HttpResponse | Retryable): Answer {
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

/** The grouping key as a path, `job` first. Throws an error that names the setting if the gateway would refuse it. */
function groupPath({ pushgatewayGrouping, serviceName }: Config): string {
  const { job = serviceName, ...others } = pushgatewayGrouping;
  if (job === '') throw refused('has an empty job, but the gateway needs one');
  const pairs = [['job', job] as const, ...Object.entries(others)];
  for (const [name] of pairs) {
    if (LABEL_NAME.test(name)) continue;
    throw refused(
      `has the label ${JSON.stringify(name)}, but names of labels have letters, digits and underscores only, and do ` +
        'not begin with two underscores',
    );
  }
  return pairs.map(([name, value]) => `/${segments(name, value)}`).join('');
}

function refused(reason: string): Error {
  return new Error(`option pushgatewayGrouping (${SETTINGS.pushgatewayGrouping.variables[0]}) ${reason}`);
}

/** Slashes, values without a character, and the dots of relative paths need base64. (README, "URL") */
function segments(name: string, value: string): string {
  if (value === '') return `${name}@base64/=`;
  if (/^\.\.?$|\//.test(value)) return `${name}@base64/${Buffer.from(value).toString('base64url')}`;
  return `${name}/${encodeURIComponent(value)}`;
}
