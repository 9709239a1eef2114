import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_NAMING } from '../../src/naming/naming.ts';
import { OWN_CONTRACTS } from '../../src/reference/own.ts';
import { prometheusName, prometheusType } from '../../src/reference/prometheus.ts';
import { type Chart, panelsOf, readDashboards } from './helpers/dashboard-files.ts';
import { type Measured, quantityOf, textOf } from './helpers/quantity.ts';

/** Units of Prometheus' own series and of the Collector's, which have no contract here. */
const FOREIGN: Readonly<Record<string, string>> = {
  up: '1',
  scrape_duration_seconds: 's',
  scrape_samples_scraped: '{sample}',
  otelcol_receiver_accepted_metric_points: '{data_point}',
  otelcol_receiver_refused_metric_points: '{data_point}',
  otelcol_receiver_failed_metric_points: '{data_point}',
  otelcol_exporter_sent_metric_points: '{data_point}',
  otelcol_exporter_send_failed_metric_points: '{data_point}',
  otelcol_exporter_enqueue_failed_metric_points: '{data_point}',
  otelcol_exporter_queue_size: '{batch}',
  otelcol_exporter_queue_capacity: '{batch}',
  otelcol_process_cpu_seconds: 's',
  otelcol_process_memory_rss: 'By',
  otelcol_process_runtime_heap_alloc_bytes: 'By',
  otelcol_process_uptime: 's',
};

/** Units of Grafana that fit each dimension. Names in braces are counts; the first rule that matches decides. */
const FITTING: readonly [dimension: RegExp, units: readonly string[]][] = [
  [/^$/, ['percentunit']],
  // An average over processes or threads.
  [/^\{series\}\^-1$/, ['percentunit']],
  // An average over events stays in the unit of one.
  [/^s( \{[^}]*\}\^-1)?$/, ['s', 'dtdurations']],
  [/^By( \{[^}]*\}\^-1)?$/, ['bytes']],
  [/^By s\^-1$/, ['binBps']],
  [/^\{(request|http\.(server|client)\.request\.duration)\} s\^-1$/, ['reqps']],
  [/^\{messag[^}]*\} s\^-1$/, ['mps']],
  [/^\{[^}]*\} s\^-1$/, ['cps', 'ops']],
  [/^\{[^}]*\}( \{[^}]*\}\^-1)?$/, ['short']],
];

const measured = new Map<string, Measured>([
  ...Object.entries(FOREIGN).map(([name, unit]) => [name, { name, unit, isHistogram: false }] as const),
  ...OWN_CONTRACTS.flatMap(({ metrics }) => metrics).map((metric) => {
    const { name, unit = '1' } = metric;
    const served = prometheusName(metric, DEFAULT_NAMING) ?? '';
    return [served, { name, unit, isHistogram: prometheusType(metric) === 'histogram' }] as const;
  }),
]);

/** The unit in which a panel shows the result of one of its queries. */
function unitOf({ fieldConfig, transformations = [] }: Chart, refId: string): string | undefined {
  const names = transformations.map(({ options }) => options.renameByName?.[`Value #${refId}`]);
  const title = names.find((name) => name !== undefined);
  const { properties = [] } =
    fieldConfig.overrides.find(({ matcher }) => title !== undefined && matcher.options === title) ?? {};
  const own = properties.find(({ id }) => id === 'unit')?.value;
  return typeof own === 'string' ? own : fieldConfig.defaults.unit;
}

function fittingUnits(dimension: string): readonly string[] {
  const [, units = []] = FITTING.find(([pattern]) => pattern.test(dimension)) ?? [];
  return units;
}

for (const { file, dashboard } of readDashboards()) {
  describe(file, () => {
    test('every panel has the unit of what its queries ask for, by the contracts', () => {
      const faults: string[] = [];
      const check = (chart: Chart, dimension: string, unit: string | undefined) => {
        if (fittingUnits(dimension).includes(unit ?? '')) return;
        faults.push(`${chart.title}: ${unit} for ${dimension || 'a ratio'}`);
      };
      for (const chart of panelsOf(dashboard)) {
        // Its two values are words.
        if (chart.type === 'state-timeline') continue;
        for (const { expr, refId } of chart.targets) {
          const { dimension = {}, bounds } = quantityOf(expr, (name) => measured.get(name));
          check(chart, textOf(dimension), unitOf(chart, refId));
          assert.equal(bounds !== undefined, chart.type === 'heatmap', `${chart.title}: a distribution`);
          if (bounds !== undefined) check(chart, textOf(bounds), chart.options.yAxis?.unit);
        }
      }
      assert.deepEqual(faults, []);
    });
  });
}
