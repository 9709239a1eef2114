import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metric } from '../../grafana/metric.ts';
import { quantile } from '../../grafana/query.ts';
import { adviceOf } from '../../src/app/define/advice.ts';
import { HTTP_CONTRACT } from '../../src/contract/http.ts';
import { formatQuantile } from '../../src/hub/page/format.ts';
import type { RowView } from '../../src/hub/page/wire.ts';
import { pitot } from '../cli/helpers/pitot.ts';
import type { Lifetime } from '../harness/lifetime.ts';
import type { OtlpExponentialHistogram, OtlpHistogram } from '../harness/otlp-decoding.ts';
import { startOtlpReceiver } from '../harness/otlp-receiver.ts';
import { skipWithout } from '../harness/programs.ts';
import { startPrometheus } from '../harness/prometheus.ts';
import { startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { routesOf } from '../hub/page/helpers/ring.ts';
import { eventsOf } from '../hub/page/helpers/served.ts';

/*
 * One known distribution, from 20 µs to 20 s, as every reader of pitot sees it: the page, `pitot top`, the dashboards'
 * queries in a real Prometheus, and an OTLP receiver.
 */

const NAME = 'http.server.request.duration';
const COUNT = 20_001;
const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
type Percentile = keyof typeof QUANTILES;

/** The true quantiles: values spread evenly over six decades. */
const TRUE = { p50: 20e-6 * 1e6 ** 0.5, p95: 20e-6 * 1e6 ** 0.95, p99: 20e-6 * 1e6 ** 0.99 };
/** 160 buckets hold six decades at scale 3: each bound is 2^(1/8) times the one before. */
const EXPONENTIAL_ERROR = 2 ** (1 / 8);
/** docs/page.md: less than 20 % where durations are spread smoothly. */
const PAGE_ERROR = 1.2;

const declared = HTTP_CONTRACT.metrics.find(({ name }) => name === NAME)!;
const BOUNDARIES = declared.boundaries!;

/** How many durations Prometheus has seen, by the form in which it has them. */
const COUNTED = {
  native: 'histogram_count(increase(http_server_request_duration_seconds[60s]))',
  classic: 'increase(http_server_request_duration_seconds_count[60s])',
} as const;

interface Readings {
  readonly page: RowView;
  readonly top: string;
  /** The answers to the dashboards' queries. */
  readonly dashboards: Readonly<Record<Percentile, number>>;
  readonly otlp: OtlpHistogram | OtlpExponentialHistogram;
}

async function readings(
  t: Lifetime,
  env: Readonly<Record<string, string>>,
  histograms: keyof typeof COUNTED,
): Promise<Readings> {
  const receiver = await startOtlpReceiver(t);
  const service = await startService(t, {
    args: ['test/stack/fixtures/known-durations.mjs', JSON.stringify(adviceOf(declared))],
    env: {
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      ...env,
    },
  });
  const { host, origin } = await service.endpoint();
  const prometheus = await startPrometheus(t, {
    histograms,
    scrapeConfigs: [{ job_name: 'known', static_configs: [{ targets: [host] }] }],
  });
  await prometheus.scraped('known');
  const events = eventsOf(t, `${origin}/page/events`);
  await events.next();
  service.signal('SIGCONT');

  let page: RowView | undefined;
  while (page === undefined) {
    const row = routesOf((await events.next()).value.frame).get('/known');
    if (row?.total === COUNT) page = row;
  }
  const { stdout: top } = await pitot(['top', `${origin}/`]);
  const { points } = await receiver.receives(NAME, (one) => countOf(one.points[0]?.value) === COUNT);
  const otlp = points[0]?.value;
  if (typeof otlp !== 'object') throw new Error('no histogram');
  const ask = async (q: number) => {
    const { expr } = quantile(q, metric(NAME), { where: { 'http.route': '/known' } });
    const promql = expr
      .replaceAll('$__rate_interval', '60s')
      .replaceAll('$job', 'known')
      .replaceAll('$instance', '.+');
    await until(
      async () => ((await prometheus.query(COUNTED[histograms]))[0]?.value ?? 0) > 19_000 || undefined,
      {
        what: 'the increase in Prometheus',
      },
    );
    const [answer] = await prometheus.query(promql);
    return answer?.value ?? Number.NaN;
  };
  return { page, top, otlp, dashboards: { p50: await ask(0.5), p95: await ask(0.95), p99: await ask(0.99) } };
}

function countOf(value: unknown): number {
  return typeof value === 'object' && value !== null && 'count' in value ? Number(value.count) : 0;
}

/** The bounds of the bucket that a quantile is in. */
function bucketOf(value: OtlpHistogram | OtlpExponentialHistogram, q: number): readonly [number, number] {
  const isExponential = 'scale' in value;
  const counts = isExponential ? value.positive.counts : value.buckets;
  const boundOf = (i: number) =>
    isExponential
      ? 2 ** ((value.positive.offset + i) * 2 ** -value.scale)
      : (value.bounds[i - 1] ?? (i === 0 ? 0 : Number.POSITIVE_INFINITY));
  let seen = 0;
  const index = counts.findIndex((count) => {
    seen += count;
    return seen >= q * value.count;
  });
  return [boundOf(index), boundOf(index + 1)];
}

function assertNear(found: number | null, expected: number, factor: number, what: string): void {
  const ratio = (found ?? Number.NaN) / expected;
  assert.ok(ratio < factor && ratio > 1 / factor, `${what}: ${found} for ${expected}`);
}

/** The screen has the page's numbers. */
function assertTop(top: string, page: RowView): void {
  const line = top.split('\n').find((one) => one.includes('/known')) ?? '';
  const texts = Object.keys(QUANTILES).map((name) => formatQuantile(page[name as Percentile], 's'));
  const plain = (text: string) => text.replaceAll(/\s+/g, ' ');
  assert.ok(plain(line).includes(plain(texts.join(' '))), `${line} for ${texts}`);
}

const skip = skipWithout('prometheus');

test('exponential durations: all readers have the same p50, p95 and p99, to within a bucket', {
  skip,
}, async (t) => {
  const { page, top, dashboards, otlp } = await readings(
    t,
    { PITOT_EXPONENTIAL_HISTOGRAMS: 'http.*.duration' },
    'native',
  );
  for (const [name, q] of Object.entries(QUANTILES) as [Percentile, number][]) {
    assertNear(page[name].value, TRUE[name], EXPONENTIAL_ERROR, `page ${name}`);
    assertNear(dashboards[name], TRUE[name], EXPONENTIAL_ERROR, `dashboards ${name}`);
    for (const bound of bucketOf(otlp, q))
      assertNear(bound, TRUE[name], EXPONENTIAL_ERROR * 1.01, `OTLP ${name}`);
  }
  assertTop(top, page);
});

test('durations by default: the page and top are within 20 %, and served buckets contain the quantiles', {
  skip,
}, async (t) => {
  const { page, top, dashboards, otlp } = await readings(t, {}, 'classic');
  const longest = BOUNDARIES.at(-1)!;
  for (const [name, q] of Object.entries(QUANTILES) as [Percentile, number][]) {
    assertNear(page[name].value, TRUE[name], PAGE_ERROR, `page ${name}`);
    const [lower, upper] = bucketOf(otlp, q);
    assert.ok(TRUE[name] > lower && TRUE[name] <= upper, `OTLP ${name}: ${lower} to ${upper}`);
    // Beyond the last boundary Prometheus answers with it.
    assert.ok(
      dashboards[name] >= lower && dashboards[name] <= Math.min(upper, longest),
      `dashboards ${name}`,
    );
  }
  assertTop(top, page);
});
