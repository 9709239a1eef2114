import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout } from '../harness/programs.ts';
import { startPrometheus } from '../harness/prometheus.ts';
import { seriesKey } from '../harness/samples.ts';
import { startService } from '../harness/service.ts';

const SKIP = skipWithout('prometheus');

/** All protocols of Prometheus, by the names of `scrape_protocols`. */
const PROTOCOLS = [
  'PrometheusProto',
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
] as const;

const NAMES = 'test/stack/fixtures/names.mjs';
const OF_FIXTURE = '{__name__=~"(orders|data|jobs|throughput|load|a_|leading|work).*"}';

test('a scrape has the same series in every protocol of Prometheus', { skip: SKIP }, async (t) => {
  const service = await startService(t, { args: [NAMES] });
  const { host } = await service.endpoint();
  const prometheus = await startPrometheus(t, {
    scrapeConfigs: PROTOCOLS.map((protocol) => ({
      job_name: protocol,
      scrape_protocols: [protocol],
      static_configs: [{ targets: [host] }],
    })),
  });
  const series = async (job: string) => {
    await prometheus.scraped(job);
    return (await prometheus.query(OF_FIXTURE))
      .filter(({ labels }) => labels.job === job)
      .map(
        ({ labels: { __name__: name = '', job: _, ...labels }, value }) =>
          `${seriesKey(name, labels)} ${value}`,
      )
      .filter((key) => !key.includes('_created{'))
      .sort();
  };
  const expected = await series('OpenMetricsText1.0.0');
  assert.ok(expected.length > 10);
  for (const protocol of PROTOCOLS) {
    // Without native histograms protobuf has the exponential one's classic buckets too.
    assert.deepEqual(await series(protocol), expected, protocol);
    await prometheus.queryUntil(`pitot_scrapes_total{pitot_scrape_format="${protocol}"} > 0`);
  }
});

test('Prometheus reads OpenMetrics 2.0 as it reads protobuf, native histograms and start times among it', {
  skip: SKIP,
}, async (t) => {
  const service = await startService(t, { args: [NAMES] });
  const { host } = await service.endpoint();
  const job = (protocol: string, histograms: 'classic' | 'native') => ({
    job_name: `${protocol} ${histograms}`,
    scrape_protocols: [protocol],
    scrape_native_histograms: histograms === 'native',
    static_configs: [{ targets: [host] }],
  });
  const prometheus = await startPrometheus(t, {
    features: ['openmetrics2', 'created-timestamp-zero-ingestion'],
    scrapeConfigs: ['PrometheusProto', 'OpenMetricsText2.0.0'].flatMap((protocol) => [
      job(protocol, 'classic'),
      job(protocol, 'native'),
    ]),
  });
  const read = async (promql: string, name: string) =>
    (await prometheus.query(promql))
      .filter(({ labels }) => labels.job === name)
      .map(({ labels: { job: _, ...labels }, value }) => `${JSON.stringify(labels)} ${value}`)
      .sort();
  for (const histograms of ['classic', 'native'] as const) {
    const [expected, found] = [`PrometheusProto ${histograms}`, `OpenMetricsText2.0.0 ${histograms}`];
    await prometheus.scraped(expected);
    await prometheus.scraped(found);
    for (const promql of [
      OF_FIXTURE,
      'histogram_quantile(0.9, work_size_bytes)',
      'histogram_count(work_size_bytes)',
      'max_over_time(orders_placed_total[5m]) - min_over_time(orders_placed_total[5m])',
    ]) {
      const series = await read(promql, found);
      assert.deepEqual(series, await read(promql, expected), `${histograms}: ${promql}`);
      if (promql === OF_FIXTURE) assert.ok(series.length > 10);
    }
  }
  const [increase] = await prometheus.query(
    'max_over_time(orders_placed_total{job="OpenMetricsText2.0.0 native"}[5m]) - min_over_time(orders_placed_total[5m])',
  );
  assert.equal(increase?.value, 3);
  await prometheus.queryUntil('pitot_scrapes_total{pitot_scrape_format="OpenMetricsText2.0.0"} > 0');
});

test('counters and histograms begin with 0 at their creation where Prometheus ingests start times', {
  skip: SKIP,
}, async (t) => {
  for (const protocol of ['PrometheusProto', 'OpenMetricsText1.0.0']) {
    // OpenMetrics has start times as samples, which are off unless asked for.
    const service = await startService(t, { args: [NAMES], env: { PITOT_CREATED_SERIES: 'true' } });
    const { host } = await service.endpoint();
    const prometheus = await startPrometheus(t, {
      features: ['created-timestamp-zero-ingestion'],
      scrapeConfigs: [
        { job_name: 'names', scrape_protocols: [protocol], static_configs: [{ targets: [host] }] },
      ],
    });
    await prometheus.scraped('names');
    // Counts from before the first scrape are an increase, because no first value serves as the starting point.
    for (const [promql, value] of [
      ['max_over_time(orders_placed_total[5m]) - min_over_time(orders_placed_total[5m])', 3],
      ['max_over_time(work_duration_seconds_count[5m]) - min_over_time(work_duration_seconds_count[5m])', 3],
    ] as const) {
      const [found] = await prometheus.query(promql);
      assert.equal(found?.value, value, `${protocol}: ${promql}`);
    }
  }
});

test('what Prometheus scraped arrives by remote write 2, native histograms and metadata among it', {
  skip: SKIP,
}, async (t) => {
  const service = await startService(t, { args: [NAMES] });
  const { host } = await service.endpoint();
  const receiving = await startPrometheus(t, {
    scrapeConfigs: [],
    args: ['--web.enable-remote-write-receiver'],
  });
  await startPrometheus(t, {
    histograms: 'native',
    scrapeConfigs: [{ job_name: 'names', static_configs: [{ targets: [host] }] }],
    config: {
      remote_write: [
        {
          url: `${receiving.url}/api/v1/write`,
          protobuf_message: 'io.prometheus.write.v2.Request',
          send_native_histograms: true,
        },
      ],
    },
  });
  const [orders] = await receiving.queryUntil('orders_placed_total', undefined, 30_000);
  assert.equal(orders?.value, 3);
  const [size] = await receiving.queryUntil('histogram_count(work_size_bytes)', undefined, 30_000);
  assert.equal(size?.value, 3);
});
