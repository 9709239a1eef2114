import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { RELEASES, released, skipWithout } from '../harness/programs.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import { startService } from '../harness/service.ts';

/** One request for each bucket of the fixture's histogram with boundaries, and its trace. */
const REQUESTS = [0.05, 0.5, 5, 50].map((value) => ({ value, trace: randomBytes(16).toString('hex') }));

/** The formats that Prometheus asks for, by what it is told of histograms. */
const FORMATS = [
  { format: 'OpenMetricsText1.0.0', histograms: 'classic' },
  { format: 'PrometheusProto', histograms: 'native' },
] as const;

const CASES = RELEASES.flatMap((release) => FORMATS.map((each) => ({ release, ...each })));

for (const { release, format, histograms } of CASES) {
  describe(`a real Prometheus, ${release}, that scrapes ${format}`, {
    skip: skipWithout(released('prometheus', release)),
  }, () => {
    const lifetime = lifetimeOfSuite();
    let prometheus: Prometheus;

    before(async () => {
      const service = await startService(lifetime, { args: ['test/stack/fixtures/traced-app.mjs'] });
      const [, port] = await service.line(/listening on (\d+)/);
      for (const { value, trace } of REQUESTS) {
        const traceparent = `00-${trace}-${randomBytes(8).toString('hex')}-01`;
        await fetch(`http://127.0.0.1:${port}/${value}`, { headers: { traceparent } });
      }
      // The client decided that this one is not sampled.
      const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
      await fetch(`http://127.0.0.1:${port}/0.05`, { headers: { traceparent } });
      const { host } = await service.endpoint();
      prometheus = await startPrometheus(lifetime, {
        scrapeConfigs: [{ job_name: 'traced', static_configs: [{ targets: [host] }] }],
        release,
        histograms,
        features: ['exemplar-storage'],
      });
      await prometheus.scraped('traced');
      await prometheus.queryUntil(`pitot_scrapes_total{pitot_scrape_format="${format}"} > 0`);
    });

    test("finds the clients' traces by the buckets of a histogram", async () => {
      const found = await prometheus.exemplars('order_duration_seconds_bucket', REQUESTS.length);
      assert.deepEqual(
        found.map(({ value, labels }) => [value, labels.trace_id]),
        REQUESTS.map(({ value, trace }) => [value, trace]),
      );
      for (const { labels } of found) assert.match(labels.span_id ?? '', /^[0-9a-f]{16}$/);
    });

    test("finds the clients' traces by what pitot measures by itself", async () => {
      const found = await prometheus.exemplars('http_server_request_duration_seconds_bucket');
      const traces = new Set(REQUESTS.map(({ trace }) => trace));
      for (const { labels } of found) assert.ok(traces.has(labels.trace_id ?? ''), labels.trace_id);
    });

    test("finds the latest sampled request's trace by a counter", async () => {
      const [found, ...others] = await prometheus.exemplars('orders_total');
      assert.deepEqual(others, []);
      assert.equal(found?.labels.trace_id, REQUESTS.at(-1)?.trace);
    });
  });
}
