import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Chart, panelsOf, readDashboards } from '../grafana/helpers/dashboard-files.ts';
import { selectorsOf } from '../grafana/helpers/selectors.ts';
import { type Collector, startCollector } from '../harness/collector.ts';
import { freePort } from '../harness/free-port.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import { startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';

/**
 * What Grafana writes for its variables where nothing is chosen: job and instance are `allValue`, and the
 * interval of rates is at least four scrapes. (Grafana, "Prometheus template variables")
 */
const VARIABLES = { job: '.+', instance: '.+', __rate_interval: '10s', __range: '3600s' };

/** Panels whose metric a machine may lack: the scheduler counts periods only in a control group with a limit of CPU. */
const NOT_EVERYWHERE: ReadonlyMap<string, string> = new Map([
  ['CPU throttling', 'container_cpu_periods_total'],
]);

/** As above; and no queue of a Collector is ever full here. */
const MAY_BE_MISSING = /^(container_cpu_.*periods_total|otelcol_exporter_enqueue_failed_metric_points)$/;

function asGrafanaAsks(query: string): string {
  return query.replace(/\$(\w+)/g, (variable, name: string) => {
    const value = Object.entries(VARIABLES).find(([known]) => known === name)?.[1];
    assert.ok(value !== undefined, `${variable} is no variable of the dashboards`);
    return value;
  });
}

describe('a real Prometheus that scrapes services and Collectors has data for', {
  skip: skipWithout('prometheus', 'pitot-collector'),
}, () => {
  const lifetime = lifetimeOfSuite();
  let prometheus: Prometheus;

  before(async () => {
    // The second one sends to where metrics are not taken, so that there is a queue and some are lost.
    const taking = await startCollector(lifetime);
    const losing = await startCollector(lifetime, {
      overlay: 'otlp',
      env: { OTLP_METRICS_ENDPOINT: `http://${taking.otlpHttp}/nobody` },
    });
    const services = await Promise.all([
      service('workflow-service', ['examples/workflow-service/main.ts'], {
        TRAFFIC: '30',
        ...forwardedTo(taking),
      }),
      service('llm-gateway', ['examples/llm-gateway/main.ts'], {
        TRAFFIC: '500',
        OBSERVE_EVERY: '200',
        ...forwardedTo(losing),
      }),
      service('every-domain', ['test/stack/fixtures/every-domain.mjs'], {
        // Processes meet at the port that they share.
        OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()),
        PITOT_SERIES_LIMITS: 'every_domain.unlimited=10',
      }),
    ]);
    prometheus = await startPrometheus(lifetime, {
      scrapeInterval: '1s',
      scrapeConfigs: [
        ...services,
        target('otel-collector', taking.telemetry, losing.telemetry),
        { ...target('through-otel-collector', taking.exporter), honor_labels: true },
      ],
    });
    for (const { job_name } of services) await prometheus.scraped(job_name);
  });

  async function service(name: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    const started = await startService(lifetime, {
      args,
      env: { PORT: '0', OTEL_SERVICE_NAME: name, ...env },
    });
    const { host } = await started.endpoint();
    return target(name, host);
  }

  for (const { dashboard } of readDashboards()) {
    test(`every query of "${dashboard.title}"`, async () => {
      const empty: string[] = [];
      const ask = async (chart: Chart, query: string) => {
        const metric = NOT_EVERYWHERE.get(chart.title ?? '');
        const isHere = metric === undefined || (await prometheus.query(`count(${metric})`)).length > 0;
        if (isHere && !(await hasData(query))) empty.push(`${chart.title}: ${query}`);
      };
      await Promise.all(
        panelsOf(dashboard).flatMap((chart) =>
          chart.targets.map(({ expr }) => ask(chart, asGrafanaAsks(expr))),
        ),
      );
      assert.deepEqual(empty, []);
    });

    test(`the variables and marks of "${dashboard.title}"`, async () => {
      for (const { query, type } of dashboard.templating.list) {
        if (type !== 'query') continue;
        const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(asGrafanaAsks(query)) ?? [];
        assert.ok(selector !== undefined && label !== undefined, query);
        assert.notDeepEqual(await prometheus.query(`count by (${label}) (${selector})`), [], query);
      }
      // There is no mark while nothing was started, but the question has to be one.
      for (const { expr } of dashboard.annotations.list) await prometheus.query(asGrafanaAsks(expr));
    });
  }

  test('every metric that a query names', async () => {
    const named = readDashboards()
      .flatMap(({ dashboard }) => panelsOf(dashboard).flatMap(({ targets }) => targets))
      .flatMap(({ expr }) => selectorsOf(expr).map(({ metric }) => metric));
    const missing: string[] = [];
    await Promise.all(
      [...new Set(named)].map(async (metric) => {
        if (!MAY_BE_MISSING.test(metric) && !(await hasData(`count(${metric})`))) missing.push(metric);
      }),
    );
    assert.deepEqual(missing, []);
  });

  /** A series with a number, which NaN is not: that is what a quantile of nothing is. */
  async function hasData(query: string): Promise<boolean> {
    const found = until(
      async () => {
        const series = await prometheus.query(query);
        return series.some(({ value }) => Number.isFinite(value)) ? true : undefined;
      },
      { what: query, timeout: 40_000 },
    );
    return found.catch((error: unknown) => {
      if (error instanceof Error && error.message.startsWith('gave up waiting')) return false;
      throw error;
    });
  }
});

function target(job: string, ...targets: readonly string[]) {
  return { job_name: job, static_configs: [{ targets }] };
}

function forwardedTo({ otlpHttp }: Collector): Record<string, string> {
  return {
    OTEL_METRICS_EXPORTER: 'prometheus,otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${otlpHttp}`,
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
  };
}
