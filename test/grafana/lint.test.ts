/**
 * The rules of Grafana's dashboard linter, by their names there, which is a Go program.
 * https://github.com/grafana/dashboard-linter/blob/main/docs/index.md
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { REPOSITORY } from '../harness/service.ts';
import { type Chart, type DashboardFile, panelsOf, readDashboards } from './helpers/dashboard-files.ts';
import { bareMetricsOf, selectorsOf } from './helpers/selectors.ts';

const UNITS = new Set<unknown>(Object.values(units));

/** Panels that Grafana has given up, with what is in their place. */
const DEPRECATED = new Set([
  'graph',
  'singlestat',
  'table-old',
  'grafana-piechart-panel',
  'grafana-worldmap-panel',
]);

for (const { file, dashboard } of readDashboards()) {
  const charts = panelsOf(dashboard);
  const queries = charts.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  const variable = (name: string) => dashboard.templating.list.find((each) => each.name === name);

  describe(file, () => {
    test('template-datasource-rule: the data source is chosen at the top', () => {
      const { type, query, label } = variable('datasource') ?? {};
      assert.deepEqual(
        { type, query, label },
        { type: 'datasource', query: 'prometheus', label: 'Data source' },
      );
    });

    for (const [name, label] of [
      ['job', 'Job'],
      ['instance', 'Instance'],
    ] as const) {
      test(`template-${name}-rule: several can be chosen, and all`, () => {
        const found = variable(name);
        assert.ok(found !== undefined);
        const { type, multi, includeAll, allValue, datasource } = found;
        assert.deepEqual(
          { type, label: found.label, multi, includeAll, allValue, uid: datasource?.uid },
          { type: 'query', label, multi: true, includeAll: true, allValue: '.+', uid: '$datasource' },
        );
      });

      test(`target-${name}-rule: every selector has the chosen target`, () => {
        for (const expr of queries) {
          for (const { matchers } of selectorsOf(expr)) {
            assert.ok(matchers.split(', ').includes(`${name}=~"$${name}"`), expr);
          }
        }
      });
    }

    test('template-label-promql-rule and template-on-time-change-reload-rule: choices are those of the time', () => {
      for (const { type, query, refresh } of dashboard.templating.list) {
        if (type !== 'query') continue;
        assert.match(query, /^label_values\([a-z_]+(\{job=~"\$job"\})?, (job|instance)\)$/);
        assert.equal(refresh, 2);
      }
    });

    test('panel-datasource-rule: every panel and query asks the data source that was chosen', () => {
      for (const { datasource, targets } of charts) {
        for (const each of [datasource, ...targets.map(({ datasource }) => datasource)]) {
          assert.deepEqual(each, { type: 'prometheus', uid: '$datasource' });
        }
      }
    });

    test('panel-title-description-rule: every panel says what it shows, in a sentence', () => {
      for (const { title = '', description = '' } of charts) {
        assert.notEqual(title, '');
        assert.match(description, /^\S.*[.]$/, title);
      }
    });

    test('panel-units-rule: every panel has a unit that Grafana knows', () => {
      for (const { title, fieldConfig } of charts) {
        assert.ok(UNITS.has(fieldConfig.defaults.unit), `${title}: ${fieldConfig.defaults.unit}`);
      }
    });

    test('panel-no-targets-rule: every panel asks something', () => {
      for (const { title, targets } of charts) assert.notEqual(targets.length, 0, title);
    });

    test('target-promql-rule: every metric of a query has matchers, and brackets are closed', () => {
      for (const expr of queries) {
        assert.deepEqual(bareMetricsOf(expr), [], expr);
        assert.notDeepEqual(selectorsOf(expr), [], expr);
        for (const [open, close] of ['()', '{}', '[]']) {
          assert.equal(expr.split(open ?? '').length, expr.split(close ?? '').length, expr);
        }
      }
    });

    test('target-rate-interval-rule: rates are those of $__rate_interval', () => {
      for (const expr of queries) {
        for (const { range, inFunction } of selectorsOf(expr)) {
          if (range === undefined) continue;
          assert.equal(range, inFunction === 'present_over_time' ? '$__range' : '$__rate_interval', expr);
        }
      }
    });

    test('target-counter-agg-rule: counters are asked for their rate, and so are histograms', () => {
      for (const expr of queries) {
        for (const { metric, range, inFunction } of selectorsOf(expr)) {
          if (!/_(total|bucket|sum)$/.test(metric)) continue;
          assert.ok(range !== undefined && /^(rate|irate|increase)$/.test(inFunction ?? ''), expr);
        }
      }
    });

    test('uneditable-dashboard: it is changed where it is generated', () => {
      assert.equal(dashboard.editable, false);
    });

    test('no panel is of a type that Grafana has given up', () => {
      for (const { type, title } of charts) assert.ok(!DEPRECATED.has(type), title);
    });

    test('panels fill the grid of 24 columns without overlapping', () => {
      assert.deepEqual(overlaps(dashboard), []);
    });

    test('panels have different ids and titles', () => {
      const ids = [...dashboard.panels, ...closed(dashboard)].map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      for (const { title, panels } of rowsOf(dashboard)) {
        const titles = panels.map((panel) => panel.title);
        assert.equal(new Set(titles).size, titles.length, title);
      }
    });

    test('it shows the last hour, and stays up to date', () => {
      assert.deepEqual(dashboard.time, { from: 'now-1h', to: 'now' });
      assert.match(dashboard.refresh, /^\d+[sm]$/);
    });

    test('links lead to dashboards that there are, at the same time', () => {
      const tags = new Set(readDashboards().flatMap(({ dashboard }) => dashboard.tags));
      assert.notEqual(dashboard.links.length, 0);
      for (const { type, tags: wanted, keepTime } of dashboard.links) {
        assert.deepEqual({ type, keepTime }, { type: 'dashboards', keepTime: true });
        assert.ok(wanted.every((tag) => tags.has(tag)));
      }
    });
  });
}

test('the document about dashboards has all of them, by their titles', () => {
  const document = readFileSync(join(REPOSITORY, 'docs/dashboards.md'), 'utf8');
  for (const { file, dashboard } of readDashboards()) {
    assert.ok(document.includes(`[${dashboard.title}](../grafana/dashboards/${file})`), dashboard.title);
  }
});

test('uids and titles are those of one dashboard each, and links to them are as they always were', () => {
  const all = readDashboards().map(({ dashboard: { uid, title } }) => ({ uid, title }));
  assert.equal(new Set(all.map(({ title }) => title)).size, all.length);
  assert.deepEqual(
    all.map(({ uid }) => uid),
    [
      'pitot-database',
      'pitot-itself',
      'pitot-language-models',
      'pitot-node-runtime',
      'pitot-otel-collector',
      'pitot-service-overview',
      'pitot-websocket-sessions',
      'pitot-workflows-queues',
    ],
  );
});

function closed(dashboard: DashboardFile): Chart[] {
  return dashboard.panels.flatMap((panel) => ('targets' in panel ? [] : panel.panels));
}

/** Panels by the row that they are under; those at the top are under none. */
function rowsOf(dashboard: DashboardFile): { title: string; panels: Chart[] }[] {
  const rows: { title: string; panels: Chart[] }[] = [{ title: '', panels: [] }];
  for (const panel of dashboard.panels) {
    if ('targets' in panel) rows.at(-1)?.panels.push(panel);
    else rows.push({ title: panel.title ?? '', panels: [...panel.panels] });
  }
  return rows;
}

/** Cells of the grid that two panels have, or none of a row that has any. */
function overlaps(dashboard: DashboardFile): string[] {
  const cells = new Map<string, number>();
  const faults: string[] = [];
  for (const { id, gridPos } of [...dashboard.panels, ...closed(dashboard)]) {
    const { x, y, w, h } = gridPos;
    for (let row = y; row < y + h; row++) {
      for (let column = x; column < x + w; column++) {
        const cell = `${row}/${column}`;
        const other = cells.get(cell);
        if (other !== undefined || column >= 24) faults.push(`${cell}: ${other} and ${id}`);
        cells.set(cell, id);
      }
    }
  }
  const used = new Map<string, number>();
  for (const cell of cells.keys()) {
    const [row = ''] = cell.split('/');
    used.set(row, (used.get(row) ?? 0) + 1);
  }
  for (const [row, count] of used) if (count !== 24) faults.push(`line ${row} has ${count} columns`);
  return faults;
}
