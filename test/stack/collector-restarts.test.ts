import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runTraffic } from '../../examples/workflow-service/traffic.ts';
import type { TrafficReport } from '../../examples/workflow-service/traffic-report.ts';
import { type Collector, startCollector } from '../harness/collector.ts';
import type { Lifetime } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import { startService } from '../harness/service.ts';

const REQUESTS = 'http_server_request_duration_seconds_count';
const LABELS = ['http_request_method', 'http_response_status_code'];

/** A way that the service's requests come to a Prometheus. */
interface Way {
  readonly prometheus: Prometheus;
  /** The series of `REQUESTS` that came this way. */
  readonly selector: string;
}

describe('a Collector that is killed twice under load', {
  skip: skipWithout('pitot-collector', 'prometheus'),
}, () => {
  for (const out of ['scraped', 'remote write', 'OTLP'] as const) {
    test(`${out}: increase() over the whole time is what the clients did, as it is without it`, async (t) => {
      const { collector, shown, receiving } = await startCollectors(t, out);
      const token = 'a token';
      const { url, host } = await startExample(t, { token, collector: collector.otlpHttp });
      const scraping = await startPrometheus(t, {
        scrapeConfigs: [
          { job_name: 'direct', static_configs: [{ targets: [host] }] },
          { job_name: 'collector', honor_labels: true, static_configs: [{ targets: shown }] },
        ],
      });
      const direct: Way = { prometheus: scraping, selector: `${REQUESTS}{job="direct"}` };
      const collected: Way = {
        prometheus: receiving ?? scraping,
        selector: `${REQUESTS}{job="workflow-service"}`,
      };
      const ways = [direct, collected];

      // An increase is from a first point to a last: every series is there before the load begins.
      const first = requestsOf((await runTraffic({ url, token, rounds: 3 })).report);
      const begin = await Promise.all(ways.map((way) => settled(way, total(first))));

      const end = new AbortController();
      const load = runTraffic({ url, token, rounds: Infinity, rate: 200, signal: end.signal });
      for (let kill = 0; kill < 2; kill++) {
        // Load before, load while it is away, and what was counted then seen once it is back.
        await risesBy(collected, 50);
        await collector.kill();
        const counted = await risesBy(direct, 100);
        await collector.start();
        await reaches(collected, counted);
      }
      end.abort();
      const done = requestsOf((await load).report);

      for (const [i, way] of ways.entries()) {
        const last = await settled(way, total(first) + total(done));
        assert.deepEqual(await increases(way, begin[i] ?? 0, last), done, way.selector);
      }
    });
  }
});

/** The Collector that is to be killed, and where its metrics end: at addresses to scrape, or in a Prometheus. */
async function startCollectors(
  lifetime: Lifetime,
  out: 'scraped' | 'remote write' | 'OTLP',
): Promise<{ collector: Collector; shown: readonly string[]; receiving?: Prometheus }> {
  switch (out) {
    case 'scraped': {
      const collector = await startCollector(lifetime);
      return { collector, shown: [collector.exporter] };
    }
    case 'remote write': {
      const args = ['--web.enable-remote-write-receiver'];
      const receiving = await startPrometheus(lifetime, { scrapeConfigs: [], args });
      const env = { REMOTE_WRITE_ENDPOINT: `${receiving.url}/api/v1/write` };
      return {
        collector: await startCollector(lifetime, { overlay: 'remote-write', env }),
        shown: [],
        receiving,
      };
    }
    case 'OTLP': {
      // Debian's Prometheus is too old to receive OTLP; another Collector stands in its place.
      const last = await startCollector(lifetime);
      const env = { OTLP_METRICS_ENDPOINT: `http://${last.otlpHttp}/v1/metrics` };
      return {
        collector: await startCollector(lifetime, { overlay: 'otlp', env }),
        shown: [last.exporter],
      };
    }
  }
}

async function startExample(
  lifetime: Lifetime,
  { token, collector }: { token: string; collector: string },
): Promise<{ readonly url: string; readonly host: string }> {
  const service = await startService(lifetime, {
    args: ['examples/workflow-service/main.ts'],
    env: {
      PORT: '0',
      TRAFFIC: 'off',
      ADMIN_TOKEN: token,
      OTEL_SERVICE_NAME: 'workflow-service',
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector}`,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
    },
  });
  const [, url = ''] = await service.line(/^workflow-service listening on (.*)$/);
  return { url, host: (await service.endpoint()).host };
}

/** Requests by method and status, one key for each. */
function requestsOf(report: TrafficReport): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, status, count } of report.requests.toJSON()) {
    const key = `${method} ${status}`;
    counts[key] = (counts[key] ?? 0) + count;
  }
  return counts;
}

function total(requests: Record<string, number>): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
}

async function reaches({ prometheus, selector }: Way, least: number): Promise<number> {
  const [sum] = await prometheus.queryUntil(
    `sum(${selector})`,
    ([sum]) => Number(sum?.value) >= least,
    60_000,
  );
  return Number(sum?.value);
}

async function risesBy(way: Way, more: number): Promise<number> {
  return reaches(way, (await reaches(way, 0)) + more);
}

/** The time of the points, which all series have in common, once they add up to what was done; in seconds. */
async function settled({ prometheus, selector }: Way, requests: number): Promise<number> {
  await prometheus.queryUntil(`sum(${selector})`, ([sum]) => sum?.value === requests, 60_000);
  const [time] = await prometheus.query(`max(timestamp(${selector}))`);
  return Number(time?.value);
}

/**
 * By method and status. The range begins and ends with a point, so that there is nothing to
 * extrapolate but the millisecond by which it includes the first, which is less than half a request.
 */
async function increases(
  { prometheus, selector }: Way,
  first: number,
  last: number,
): Promise<Record<string, number>> {
  const range = `${Math.round((last - first) * 1000) + 1}ms`;
  const vector = await prometheus.query(`sum by (${LABELS}) (increase(${selector}[${range}]))`, last);
  const entries = vector.map(
    ({ labels, value }) => [LABELS.map((label) => labels[label] ?? '').join(' '), Math.round(value)] as const,
  );
  return Object.fromEntries(entries);
}
