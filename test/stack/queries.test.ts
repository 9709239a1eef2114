import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { type Collector, startCollector } from '../harness/collector.ts';
import { freePort } from '../harness/free-port.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { released, skipWithout } from '../harness/programs.ts';
import { type Prometheus, startPrometheus, type VectorSample } from '../harness/prometheus.ts';
import { startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { declaredSeries } from '../prometheus-rules/helpers/declared-series.ts';
import { documentedQueries } from '../prometheus-rules/helpers/documented-queries.ts';
import { parseExpression } from '../prometheus-rules/helpers/promql.ts';
import { allRules, PROMETHEUS_FOLDER } from '../prometheus-rules/helpers/rule-files.ts';

/** Metrics that a machine may lack: these come from a control group that limits the CPU. */
const NOT_EVERYWHERE = /^container_cpu_/;

const STORES = [
  { release: 'today', histograms: 'classic' },
  { release: 'today', histograms: 'nhcb' },
  { release: 'today', histograms: 'native' },
  { release: 'oldest', histograms: 'classic' },
] as const;

/** Each form of histograms has one of these recorded rates. */
const CLASSIC_RATE = 'job_http_route_le:http_server_request_duration_seconds_bucket:rate5m';
const NATIVE_RATE = 'job_http_route:http_server_request_duration_seconds:rate5m';

const SERIES = declaredSeries();

/** Whether a query names a series of a classic histogram. */
function isClassicOnly(promql: string): boolean {
  return parseExpression(promql).selectors.some(({ metric }) => {
    const base = metric.replace(/_(bucket|count|sum)$/, '');
    return base !== metric && SERIES.has(base);
  });
}

for (const { release, histograms } of STORES) {
  describe(`in a real Prometheus (${release}, ${histograms} histograms) that has the rules and scrapes loaded services and a Collector`, {
    skip: skipWithout(released('prometheus', release), 'pitot-collector'),
  }, () => {
    const lifetime = lifetimeOfSuite();
    let prometheus: Prometheus;
    const isNative = histograms !== 'classic';
    const aggregation = histograms === 'native' ? { PITOT_EXPONENTIAL_HISTOGRAMS: '*' } : {};

    before(async () => {
      const collector = await startCollector(lifetime);
      const example = await service('workflow-service', ['examples/workflow-service/main.ts'], {
        TRAFFIC: '30',
        ...forwardedTo(collector),
      });
      // The example lacks these: pools, caches, queues, jobs, several processes, an instrument beyond its limit.
      const rest = await service('every-domain', ['test/stack/fixtures/every-domain.mjs'], {
        // Processes meet at the port that they share.
        OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()),
        PITOT_SERIES_LIMITS: 'every_domain.unlimited=10',
      });
      prometheus = await startPrometheus(lifetime, {
        release,
        histograms,
        scrapeInterval: '1s',
        scrapeConfigs: [example, rest, scrapeConfig('otel-collector', collector.telemetry)],
        config: { rule_files: [join(PROMETHEUS_FOLDER, 'rules/*.yml')] },
      });
      for (const { job_name } of [example, rest]) await prometheus.scraped(job_name);
    });

    async function service(name: string, args: readonly string[], env: Readonly<Record<string, string>>) {
      const started = await startService(lifetime, {
        args,
        env: { PORT: '0', OTEL_SERVICE_NAME: name, ...aggregation, ...env },
      });
      const { host } = await started.endpoint();
      return scrapeConfig(name, host);
    }

    function scrapeConfig(job_name: string, target: string) {
      return { job_name, static_configs: [{ targets: [target] }] };
    }

    function forwardedTo({ otlpHttp }: Collector): Record<string, string> {
      return {
        OTEL_METRICS_EXPORTER: 'prometheus,otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://${otlpHttp}`,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
      };
    }

    /** Waits for a series with a number, which NaN is not: that is what a quantile of nothing is. */
    function hasData(promql: string): Promise<readonly VectorSample[]> {
      return prometheus.queryUntil(
        promql,
        (vector) => vector.some(({ value }) => Number.isFinite(value)),
        40_000,
      );
    }

    async function isAboutWhatIsNotHere(promql: string): Promise<boolean> {
      const metrics = parseExpression(promql).selectors.map(({ metric }) => metric);
      for (const metric of metrics.filter((name) => NOT_EVERYWHERE.test(name))) {
        if ((await prometheus.query(`count(${metric})`)).length === 0) return true;
      }
      return false;
    }

    async function rulesOfPrometheus() {
      const response = await fetch(`${prometheus.url}/api/v1/rules`);
      const { data } = (await response.json()) as { data: RulesAnswer };
      return data.groups.flatMap(({ rules }) => rules);
    }

    test('every query of docs/queries.md has data', async () => {
      for (const { promql } of documentedQueries('queries.md')) {
        // The document says how to write those for native histograms.
        if (isNative && isClassicOnly(promql)) continue;
        if (!(await isAboutWhatIsNotHere(promql))) await hasData(promql);
      }
    });

    test('every recording rule has data, with the labels that its name says', async () => {
      const series = declaredSeries();
      for (const { record = '' } of allRules().filter((rule) => rule.record !== undefined)) {
        if (record === (isNative ? CLASSIC_RATE : NATIVE_RATE)) continue;
        for (const { labels } of await hasData(record)) {
          const { __name__, ...others } = labels;
          assert.deepEqual(
            Object.keys(others).filter((label) => !series.get(record)?.has(label)),
            [],
            record,
          );
        }
      }
    });

    test('every rule can be evaluated, and so can the query that each alert is made of', async () => {
      const rules = await until(
        async () => {
          const found = await rulesOfPrometheus();
          return found.some(({ health }) => health === 'unknown') ? undefined : found;
        },
        { what: 'the first evaluation of every rule' },
      );
      assert.equal(rules.length, allRules().length);
      for (const { name, health, lastError } of rules)
        assert.deepEqual([health, lastError], ['ok', undefined], name);
      for (const { expr } of allRules()) await prometheus.query(expr);
    });

    test('every query of the runbook can be asked', async () => {
      for (const { promql } of documentedQueries('alerts.md')) await prometheus.query(promql);
    });
  });
}

/** As far as it is looked at. (Prometheus' HTTP API, "Rules") */
interface RulesAnswer {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly name: string;
      readonly health: string;
      readonly lastError?: string;
    }[];
  }[];
}
