import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lifetime } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { type Prometheus, type PrometheusOptions, startPrometheus } from '../harness/prometheus.ts';
import { seriesKey } from '../harness/samples.ts';
import { type Service, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';

const SKIP = skipWithout('prometheus');

/** The fixture's series, of all that a service has. */
const OF_FIXTURE = /^(orders|data|jobs|throughput|load|a_|_?leading|work)/;

const STRATEGIES = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
] as const;

/** The series that a scrape and Prometheus' OTLP receiver spell differently, by strategy. docs/collector.md lists them. */
const DIFFERENCES: Readonly<
  Record<
    (typeof STRATEGIES)[number],
    { readonly scraped: readonly string[]; readonly otlp: readonly string[] }
  >
> = {
  UnderscoreEscapingWithSuffixes: {
    scraped: ['data_sent_kilobytes_total{}', 'leading{"_private":"x","gr_e":"z","key_two":"y"}'],
    otlp: ['data_sent_kBy_total{}', 'leading{"gr__e":"z","key__two":"y","key_private":"x"}'],
  },
  UnderscoreEscapingWithoutSuffixes: {
    scraped: ['a_b{}', 'leading{"_private":"x","gr_e":"z","key_two":"y"}'],
    otlp: ['_leading{"gr__e":"z","key__two":"y","key_private":"x"}', 'a__b{}'],
  },
  NoUTF8EscapingWithSuffixes: {
    scraped: ['data.sent_kilobytes_total{}'],
    otlp: ['data.sent_kBy_total{}'],
  },
  NoTranslation: { scraped: [], otlp: [] },
};

/** A Prometheus that receives OTLP, and a service of every kind of name that sends to it. */
async function startPair(
  lifetime: Lifetime,
  otlp: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>>,
  options: Partial<PrometheusOptions> = {},
): Promise<{ receiving: Prometheus; host: string; service: Service }> {
  const receiving = await startPrometheus(lifetime, {
    ...options,
    scrapeConfigs: [],
    args: ['--web.enable-otlp-receiver'],
    config: { otlp },
  });
  const service = await startService(lifetime, {
    args: ['test/stack/fixtures/names.mjs'],
    env: {
      OTEL_SERVICE_NAME: 'names',
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${receiving.url}/api/v1/otlp/v1/metrics`,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      ...env,
    },
  });
  const { host } = await service.endpoint();
  await receiving.queryUntil('target_info');
  return { receiving, host, service };
}

/**
 * The fixture's series with their values, without creation times, which OTLP has in its points, and without the labels
 * of the target and the scope. Throws where a series has no scope.
 */
async function seriesIn(prometheus: Prometheus): Promise<Map<string, number>> {
  const all = await prometheus.query('{__name__=~".+"}');
  return new Map(
    all.flatMap(({ labels: { __name__: name = '', job: _, instance: __, ...labels }, value }) => {
      if (!OF_FIXTURE.test(name) || name.endsWith('_created')) return [];
      const { otel_scope_name, otel_scope_version, ...own } = labels;
      assert.deepEqual([otel_scope_name, otel_scope_version], ['names', '1.0.0'], name);
      return [[seriesKey(name, own), value]];
    }),
  );
}

for (const translation_strategy of STRATEGIES) {
  test(`${translation_strategy}: a scrape and Prometheus' own OTLP receiver have the same series, but for documented ones`, {
    skip: SKIP,
  }, async (t) => {
    const { receiving, host } = await startPair(
      t,
      { translation_strategy, promote_scope_metadata: true },
      { PITOT_TRANSLATION_STRATEGY: translation_strategy },
    );
    // Classic histograms: Prometheus asks for UTF-8 names in text formats only, and for native histograms in protobuf only.
    const scraping = await startPrometheus(t, {
      scrapeConfigs: [
        {
          job_name: 'names',
          metric_name_validation_scheme: 'utf8',
          metric_name_escaping_scheme: 'allow-utf-8',
          static_configs: [{ targets: [host] }],
        },
      ],
    });
    await scraping.scraped('names');
    const isExponential = (key: string) => /^work.size/.test(key);
    const scraped = await seriesIn(scraping);
    const received = await seriesIn(receiving);
    const only = (these: Map<string, number>, those: Map<string, number>) =>
      [...these]
        .filter(([key, value]) => those.get(key) !== value && !isExponential(key))
        .map(([key]) => key);
    // OTLP spells a bound that is a whole number without a fraction, Prometheus' scrapes with one.
    const bound = (key: string) => key.replace('"le":"1"', '"le":"1.0"');
    const normal = new Map([...received].map(([key, value]) => [bound(key), value]));
    const { scraped: here, otlp: there } = DIFFERENCES[translation_strategy];
    assert.deepEqual(only(scraped, normal).sort(), here);
    assert.deepEqual(only(normal, scraped).sort(), there);
    // The exponential histogram is native by OTLP, and classic in a scrape in text.
    assert.equal([...received.keys()].filter(isExponential).length, 1);
    assert.ok([...scraped.keys()].filter(isExponential).length > 3);
  });
}

test('without promote_scope_metadata series have no labels of their scope', { skip: SKIP }, async (t) => {
  const { receiving } = await startPair(t, {}, {});
  const [orders] = await receiving.queryUntil('orders_placed_total');
  assert.deepEqual(Object.keys(orders?.labels ?? {}).sort(), ['__name__', 'http_route', 'instance', 'job']);
});

test('one attribute key that Prometheus cannot take keeps no other data point from it', {
  skip: SKIP,
}, async (t) => {
  const { receiving, service } = await startPair(t, {}, { REFUSED_KEY: '日本' });
  const orders = await receiving.queryUntil('orders_placed_total');
  assert.equal(orders.length, 1);
  assert.deepEqual(await receiving.query('unwanted'), []);
  await service.line(
    /refuses every request with attribute "日本" of metric "unwanted": it answers \d+ .*日本/,
  );
});

test('deltas add up in a Prometheus that makes them cumulative', { skip: SKIP }, async (t) => {
  const { receiving } = await startPair(
    t,
    {},
    { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta' },
    { features: ['otlp-deltatocumulative'] },
  );
  await until(
    async () => {
      const [orders] = await receiving.query('orders_placed_total');
      const [count] = await receiving.query('work_duration_seconds_count');
      const [exponential] = await receiving.query('histogram_count(work_size_bytes)');
      return orders?.value === 3 && count?.value === 3 && exponential?.value === 3 ? true : undefined;
    },
    { what: 'the totals' },
  );
  // Up-down counters are cumulative with this preference. (OTLP Metrics Exporter, "temporality preference")
  const [jobs] = await receiving.queryUntil('jobs_open');
  assert.equal(jobs?.value, 2);
});
