import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { runTraffic } from '../../examples/workflow-service/traffic.ts';
import { startCollector } from '../harness/collector.ts';
import { freePort } from '../harness/free-port.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import { type Labels, seriesKey } from '../harness/samples.ts';
import { startService } from '../harness/service.ts';
import { startTee } from '../harness/tee.ts';
import { until } from '../harness/until.ts';

const SERVICE = 'workflow-service';

/** How a series comes to Prometheus; all but the first are through a Collector. */
const WAYS = ['scrape', 'exporter', 'remote write', 'otlp'] as const;
type Way = (typeof WAYS)[number];

/** Series that Prometheus adds for each target. */
const OF_PROMETHEUS = /^(up|scrape_.*)$/;

/**
 * Series of the endpoint only, as documented: creation times, which OpenMetrics has as samples and OTLP in its points,
 * and the number of processes behind the endpoint.
 */
const OF_THE_ENDPOINT = /(_created|^pitot_processes)$/;

/** Series that every collection resets. Two readers share the values, and one of them may get none. */
const SHARED_BY_READERS = /^nodejs_eventloop_delay_/;

/** Series that change without requests. All others are at rest, and equal to the last digit. */
const RESTLESS = /^(process|system|container|nodejs|v8js|pitot|otel_sdk)_/;
const MONOTONIC = /_(total|bucket|count|sum)$/;

interface Series {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

const SKIP = skipWithout('pitot-collector', 'prometheus');

describe('a series is the same in a real Prometheus whichever way it came', { skip: SKIP }, () => {
  const lifetime = lifetimeOfSuite();
  /** Where each way ends. */
  const prometheus = new Map<Way, Prometheus>();
  let requests: number;
  /** As scraped once all traffic was over. */
  let earlier: readonly Series[];

  before(async () => {
    const exporter = await startCollector(lifetime);
    // The one that otlp.yaml sends to: Debian's Prometheus is too old to receive OTLP.
    const last = await startCollector(lifetime);
    const otlp = await startCollector(lifetime, {
      overlay: 'otlp',
      env: { OTLP_METRICS_ENDPOINT: `http://${last.otlpHttp}/v1/metrics` },
    });
    const receiving = await startPrometheus(lifetime, {
      scrapeConfigs: [],
      args: ['--web.enable-remote-write-receiver'],
    });
    const remoteWrite = await startCollector(lifetime, {
      overlay: 'remote-write',
      env: { REMOTE_WRITE_ENDPOINT: `${receiving.url}/api/v1/write` },
    });
    const token = 'a token';
    const service = await startService(lifetime, {
      args: ['examples/workflow-service/main.ts'],
      env: {
        PORT: '0',
        TRAFFIC: 'off',
        ADMIN_TOKEN: token,
        OTEL_SERVICE_NAME: SERVICE,
        OTEL_METRICS_EXPORTER: 'prometheus,otlp',
        OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()),
        OTEL_EXPORTER_OTLP_ENDPOINT: await startTee(
          lifetime,
          [exporter, otlp, remoteWrite].map(({ otlpHttp }) => otlpHttp),
        ),
        OTEL_METRIC_EXPORT_INTERVAL: '500',
      },
    });
    const [, url = ''] = await service.line(/^workflow-service listening on (.*)$/);
    const target = (address: string, way: Way) => [{ targets: [address], labels: { way } }];
    const scraping = await startPrometheus(lifetime, {
      scrapeConfigs: [
        { job_name: 'scrape', static_configs: target((await service.endpoint()).host, 'scrape') },
        { job_name: 'exporter', honor_labels: true, static_configs: target(exporter.exporter, 'exporter') },
        { job_name: 'otlp', honor_labels: true, static_configs: target(last.exporter, 'otlp') },
      ],
    });
    for (const way of WAYS) prometheus.set(way, way === 'remote write' ? receiving : scraping);
    const { report, close } = await runTraffic({ url, token, rounds: 6, leaveOpen: 3 });
    lifetime.after(close);
    requests = report.requests.toJSON().reduce((sum, { count }) => sum + count, 0);
    await scraping.scraped('scrape');
    earlier = await seriesOf('scrape');
  });

  async function seriesOf(way: Way): Promise<Series[]> {
    const label = way === 'remote write' ? '' : way;
    const vector = (await prometheus.get(way)?.query(`{__name__=~".+",way="${label}"}`)) ?? [];
    return vector
      .map(({ labels: { __name__: name = '', way: _, ...labels }, value }) => ({ name, labels, value }))
      .filter(({ name }) => !OF_PROMETHEUS.test(name));
  }

  for (const way of WAYS.slice(1)) {
    test(`${way}: every series has the name, labels and value that a scrape has`, async () => {
      let differences: string[] = [];
      await until(
        async () => {
          const through = await seriesOf(way);
          await prometheus.get('scrape')?.scraped('scrape');
          const after = await seriesOf('scrape');
          const key = way === 'remote write' ? withPlainBound : withLabels;
          differences = compare(byKey(through, key), byKey(after, key), byKey(earlier, key));
          return differences.length === 0 ? through : undefined;
        },
        {
          what: 'the same series',
          timeout: 30_000,
          instead: () => `${differences.length} differ:\n${differences.slice(0, 20).join('\n')}`,
        },
      );
    });

    test(`${way}: the requests that were made are counted`, async () => {
      await prometheus
        .get(way)
        ?.queryUntil(
          `sum(http_server_request_duration_seconds_count{way="${way === 'remote write' ? '' : way}"})`,
          ([sum]) => sum?.value === requests,
        );
    });

    test(`${way}: job and instance are the service's name and instance, and target_info tells the rest`, async () => {
      const own = (await seriesOf('scrape')).find(({ name }) => name === 'target_info');
      assert.ok(own !== undefined);
      const { service_name, service_instance_id, job: _, instance: __, ...rest } = own.labels;
      assert.equal(service_name, SERVICE);
      const identity = { job: SERVICE, instance: String(service_instance_id) };
      const through = await seriesOf(way);
      const info = through.filter(({ name }) => name === 'target_info');
      assert.deepEqual(
        info.map(({ labels }) => labels),
        [{ ...rest, ...identity }],
      );
      for (const { name, labels } of through) {
        assert.deepEqual({ name, job: labels.job, instance: labels.instance }, { name, ...identity });
      }
    });
  }
});

/** The series that the ways have in common, by what must be the same: whose they are, each tells differently. */
function byKey(series: readonly Series[], key: (series: Series) => string): Map<string, Series> {
  const comparable = series.filter(({ name }) => name !== 'target_info' && !OF_THE_ENDPOINT.test(name));
  return new Map(
    comparable.map((one) => {
      const { job: _, instance: __, ...labels } = one.labels;
      return [key({ ...one, labels }), one];
    }),
  );
}

function withLabels({ name, labels }: Series): string {
  return seriesKey(name, labels);
}

/** A bucket's bound is spelled 1 in remote write, and 1.0 in OpenMetrics (and by Prometheus 3 in every scrape). */
function withPlainBound({ name, labels: { le, ...labels } }: Series): string {
  const bound = le === undefined ? {} : { le: String(Number(le.replace('Inf', 'Infinity'))) };
  return seriesKey(name, { ...labels, ...bound });
}

/**
 * The differences, a line for each. A series at rest has the value that was scraped after it; one that
 * only rises has a value between those that were scraped before and after it; one that rises and falls by
 * itself is compared by name and labels only.
 */
function compare(
  through: ReadonlyMap<string, Series>,
  after: ReadonlyMap<string, Series>,
  before: ReadonlyMap<string, Series>,
): string[] {
  const differences: string[] = [];
  for (const key of new Set([...through.keys(), ...after.keys()])) {
    const [is, scraped] = [through.get(key), after.get(key)];
    if (is === undefined || scraped === undefined) {
      if (!SHARED_BY_READERS.test(key)) {
        differences.push(`${is === undefined ? 'only scraped' : 'not scraped'}: ${key}`);
      }
      continue;
    }
    const isRestless = RESTLESS.test(is.name);
    const least = before.get(key)?.value ?? 0;
    const isSame = isRestless
      ? !MONOTONIC.test(is.name) || (least <= is.value && is.value <= scraped.value)
      : is.value === scraped.value;
    if (!isSame) differences.push(`${is.value}, scraped from ${least} to ${scraped.value}: ${key}`);
  }
  return differences;
}
