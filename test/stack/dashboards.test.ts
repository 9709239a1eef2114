import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Chart, panelsOf, readDashboards } from '../grafana/helpers/dashboard-files.ts';
import { selectorsOf } from '../grafana/helpers/selectors.ts';
import { type Collector, startCollector } from '../harness/collector.ts';
import { freePort } from '../harness/free-port.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { type Release, skipWithout } from '../harness/programs.ts';
import { type HistogramForm, type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import { startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';

/**
 * Grafana's values of its variables without a choice of the user: job and instance are `allValue`, and the
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

/** The aggregations of histograms in services, and their storage in each Prometheus that scrapes them. */
const SETUPS: readonly {
  readonly title: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stores: readonly { readonly release: Release; readonly histograms: HistogramForm }[];
}[] = [
  {
    title: 'explicit buckets',
    env: {},
    stores: [
      { release: 'today', histograms: 'classic' },
      { release: 'today', histograms: 'nhcb' },
      { release: 'oldest', histograms: 'classic' },
    ],
  },
  {
    title: 'exponential buckets',
    env: { PITOT_EXPONENTIAL_HISTOGRAMS: '*' },
    stores: [{ release: 'today', histograms: 'native' }],
  },
];

for (const { title, env: aggregation, stores } of SETUPS) {
  describe(`with ${title}, a real Prometheus that scrapes services and Collectors has data for`, {
    skip: skipWithout('prometheus', "debian's prometheus", 'pitot-collector'),
  }, () => {
    const lifetime = lifetimeOfSuite();
    const all: Prometheus[] = [];

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
      for (const store of stores) {
        all.push(
          await startPrometheus(lifetime, {
            ...store,
            scrapeInterval: '1s',
            scrapeConfigs: [
              ...services,
              target('otel-collector', taking.telemetry, losing.telemetry),
              { ...target('through-otel-collector', taking.exporter), honor_labels: true },
            ],
          }),
        );
      }
      for (const prometheus of all) for (const { job_name } of services) await prometheus.scraped(job_name);
    });

    async function service(name: string, args: readonly string[], env: Readonly<Record<string, string>>) {
      const started = await startService(lifetime, {
        args,
        env: { PORT: '0', OTEL_SERVICE_NAME: name, ...aggregation, ...env },
      });
      const { host } = await started.endpoint();
      return target(name, host);
    }

    for (const [index, { release, histograms }] of stores.entries()) {
      const store = `${release}, ${histograms}`;
      const prometheus = () => all[index] ?? assert.fail('it was not started');

      for (const { dashboard } of readDashboards()) {
        test(`${store}: every query of "${dashboard.title}"`, async () => {
          const empty: string[] = [];
          const ask = async (chart: Chart, query: string) => {
            const metric = NOT_EVERYWHERE.get(chart.title ?? '');
            const isHere = metric === undefined || (await prometheus().query(`count(${metric})`)).length > 0;
            if (isHere && !(await hasData(prometheus(), query))) empty.push(`${chart.title}: ${query}`);
          };
          await Promise.all(
            panelsOf(dashboard).flatMap((chart) =>
              chart.targets.map(({ expr }) => ask(chart, asGrafanaAsks(expr))),
            ),
          );
          assert.deepEqual(empty, []);
        });

        test(`${store}: the variables and marks of "${dashboard.title}"`, async () => {
          for (const { query, type } of dashboard.templating.list) {
            if (type !== 'query') continue;
            const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(asGrafanaAsks(query)) ?? [];
            assert.ok(selector !== undefined && label !== undefined, query);
            assert.notDeepEqual(await prometheus().query(`count by (${label}) (${selector})`), [], query);
          }
          // There is no mark while nothing was started, but the question has to be one.
          for (const { expr } of dashboard.annotations.list) await prometheus().query(asGrafanaAsks(expr));
        });
      }

      test(`${store}: every metric that a query names`, async () => {
        const named = new Set(
          readDashboards()
            .flatMap(({ dashboard }) => panelsOf(dashboard).flatMap(({ targets }) => targets))
            .flatMap(({ expr }) => selectorsOf(expr).map(({ metric }) => metric)),
        );
        const missing: string[] = [];
        await Promise.all(
          [...named].map(async (metric) => {
            const base = metric.replace(/_(bucket|count|sum)$/, '');
            // A histogram that is asked for in both forms has one of them.
            const forms = named.has(base) ? `${base}(_bucket|_count|_sum)?` : metric;
            if (MAY_BE_MISSING.test(metric)) return;
            if (!(await hasData(prometheus(), `count({__name__=~"${forms}"})`))) missing.push(metric);
          }),
        );
        assert.deepEqual(missing, []);
      });
    }

    /** A series with a number, which NaN is not: that is what a quantile of nothing is. */
    async function hasData(prometheus: Prometheus, query: string): Promise<boolean> {
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
}

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
