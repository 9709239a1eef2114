import type { Answers, Series } from './answers.ts';
import type { Chart, DashboardFile, Row } from './dashboard-files.ts';
import { heatmap, lines, type Size, sparkline } from './picture-charts.ts';
import { colorNamed, colorOfSeries, colorOfValue, lastOf, textOf } from './picture-values.ts';

/** In pixels: Grafana's grid has 24 columns, and a unit of height is 30 with a gap of 8. */
const COLUMN = 50;
const UNIT = 38;
const GAP = 8;
const TITLE = 26;
const LEGEND_LINE = 17;
const MAX_LEGEND_LINES = 4;
export const WIDTH = 24 * COLUMN + GAP;

const STYLE = `
  body { margin: 0; background: #f4f5f5; color: #24292e; font: 12px sans-serif; position: relative }
  .panel, .row { position: absolute; box-sizing: border-box; overflow: hidden }
  .panel { background: #fff; border: 1px solid #dfe2e6; border-radius: 2px }
  .row { padding: 7px 4px; font-size: 14px; font-weight: 600 }
  .row small, .none { color: #6b7280; font-weight: 400 }
  h2 { margin: 0; padding: 6px 8px 0; font-size: 12px; font-weight: 600; line-height: 18px }
  .none { display: grid; place-items: center; height: calc(100% - 34px); padding: 0 20px; text-align: center }
  .stat { position: absolute; inset: 0; z-index: 0 } .stat b { position: absolute; inset: 40px 0 auto; text-align: center; font-size: 30px; font-weight: 500 }
  .stat svg { position: absolute; bottom: 0; left: 0 } .filled { color: #fff }
  .legend { padding: 0 10px; line-height: ${LEGEND_LINE}px; font-size: 11px; overflow: hidden }
  .legend span { display: inline-block; margin-right: 12px } .legend i { display: inline-block; width: 12px; height: 4px; border-radius: 2px; margin: 0 5px 2px 0 }
  table { width: 100%; border-collapse: collapse; font-size: inherit } th { text-align: left; font-weight: 500; color: #3274d9 }
  td, th { padding: 0 4px; white-space: nowrap } td + td, th + th { text-align: right }
  .wide td, .wide th { padding: 4px 6px; border-bottom: 1px solid #eceef0 }
  .state { display: flex; align-items: center; gap: 8px; padding: 3px 10px } .state span { width: 34%; text-align: right; overflow-wrap: anywhere } .state div { flex: 1; display: flex; height: 20px }
`;

/** The dashboard as one page of HTML, without scripts. */
export function pictureOf(dashboard: DashboardFile, answers: Answers): string {
  const bottom = Math.max(...dashboard.panels.map(({ gridPos: { y, h } }) => y + h));
  const parts = dashboard.panels.map((panel) => ('targets' in panel ? chart(panel, answers) : row(panel)));
  return (
    `<!doctype html><meta charset="utf-8"><title>${escaped(dashboard.title)}</title><style>${STYLE}</style>` +
    `<body style="height:${bottom * UNIT + GAP}px">${parts.join('')}</body>`
  );
}

function row({ title = '', collapsed, panels, gridPos }: Row): string {
  const closed = `› ${escaped(title)} <small>(${panels.length} panels)</small>`;
  return `<div class="row" style="${place(gridPos)}">${collapsed ? closed : `⌄ ${escaped(title)}`}</div>`;
}

function chart(panel: Chart, { times, byPanel }: Answers): string {
  const queries = byPanel.get(panel) ?? [];
  const all = queries.flat().filter(({ values }) => lastOf(values) !== undefined);
  const { w, h } = panel.gridPos;
  const size = { width: w * COLUMN - GAP - 2, height: h * UNIT - GAP - 2 - TITLE };
  const { noValue = 'No data' } = panel.fieldConfig.defaults;
  const content = () => {
    if (all.length === 0) return `<div class="none">${escaped(noValue)}</div>`;
    switch (panel.type) {
      case 'stat':
        return stat(panel, all[0]?.values ?? [], size);
      case 'timeseries':
        return timeSeries(panel, times, all, size);
      case 'heatmap':
        return heatmap(panel, times, all, size);
      case 'table':
        return table(panel, queries);
      case 'state-timeline':
        return stateTimeline(panel, all);
      default:
        throw new Error(`the pictures have no panel of the type ${panel.type}`);
    }
  };
  const title = `<h2>${escaped(panel.title ?? '')}</h2>`;
  // A stat covers its panel, and its title stands on it.
  const parts =
    panel.type === 'stat' && all.length > 0 ? content().replace('<b>', `${title}<b>`) : title + content();
  return `<div class="panel" style="${place(panel.gridPos)}">${parts}</div>`;
}

function stat(panel: Chart, values: readonly (number | null)[], { width, height }: Size): string {
  const value = lastOf(values) ?? 0;
  const color = colorOfValue(panel, value);
  const isFilled = panel.options.colorMode === 'background';
  return (
    `<div class="stat${isFilled ? ' filled' : ''}" style="${isFilled ? 'background' : 'color'}:${color}">` +
    `<b>${textOf(value, panel.fieldConfig.defaults.unit)}</b>` +
    `${sparkline(values, isFilled ? '#fff' : color, { width, height: height / 3 })}</div>`
  );
}

function timeSeries(panel: Chart, times: readonly number[], all: readonly Series[], size: Size): string {
  const { unit } = panel.fieldConfig.defaults;
  const names = all.map(({ name }, n) => {
    return `<i style="background:${colorOfSeries(panel, name, n)}"></i>${escaped(name)}`;
  });
  const isTable = panel.options.legend?.displayMode === 'table';
  const taken = isTable ? all.length + 1 : linesOf(all, size.width);
  const legendHeight = Math.min(taken, MAX_LEGEND_LINES) * LEGEND_LINE + 4;
  const rows = all
    .map(({ values }, n) => {
      const known = values.filter((value) => value !== null);
      const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
      return { max: Math.max(...known), cells: [mean, Math.max(...known), lastOf(known)], name: names[n] };
    })
    .sort((one, other) => other.max - one.max)
    .map(({ cells, name }) => `<tr><td>${name}${cells.map((v) => `<td>${textOf(v, unit)}`).join('')}`);
  const legend = isTable
    ? `<table><tr><th>Name<th>Mean<th>Max<th>Last *${rows.join('')}</table>`
    : names.map((name) => `<span>${name}</span>`).join('');
  return (
    lines(panel, times, all, { width: size.width, height: size.height - legendHeight }) +
    `<div class="legend" style="height:${legendHeight}px">${legend}</div>`
  );
}

/** About how many lines the names of a legend take. */
function linesOf(all: readonly Series[], width: number): number {
  return Math.ceil(all.reduce((sum, { name }) => sum + name.length * 6 + 32, 0) / (width - 40));
}

/** Merges the queries' last values by their labels, with the columns' names and order. */
function table(
  { transformations = [], options, fieldConfig }: Chart,
  queries: readonly (readonly Series[])[],
): string {
  const organize = transformations.find(({ options }) => options.renameByName !== undefined)?.options;
  const order = organize?.indexByName ?? {};
  const columns = Object.entries(organize?.renameByName ?? {})
    .sort(([one], [other]) => (order[one] ?? 0) - (order[other] ?? 0))
    .map(([field, name]) => {
      const { properties = [] } = fieldConfig.overrides.find(({ matcher }) => matcher.options === name) ?? {};
      const unit = properties.find(({ id }) => id === 'unit')?.value;
      return { field, name, unit: typeof unit === 'string' ? unit : fieldConfig.defaults.unit };
    });
  const rows = new Map<string, Record<string, string | number>>();
  for (const [n, series] of queries.entries()) {
    for (const { labels, values } of series) {
      const key = JSON.stringify(labels);
      const last = values.at(-1);
      const value = typeof last === 'number' ? { [`Value #${String.fromCharCode(65 + n)}`]: last } : {};
      if (rows.has(key) || typeof last === 'number') rows.set(key, { ...labels, ...rows.get(key), ...value });
    }
  }
  const sorted = columns.find(({ name }) => name === options.sortBy?.[0]?.displayName)?.field ?? '';
  const cells = [...rows.values()]
    .sort((one, other) => Number(other[sorted] ?? 0) - Number(one[sorted] ?? 0))
    .map((row) => columns.map(({ field, unit }) => cell(row[field], unit)).join(''));
  const head = columns.map(({ name }) => `<th>${escaped(name)}`).join('');
  return `<table class="wide"><tr>${head}${cells.map((text) => `<tr>${text}`).join('')}</table>`;
}

function cell(value: string | number | undefined, unit: string | undefined): string {
  return `<td>${typeof value === 'number' ? textOf(value, unit) : escaped(value ?? '')}`;
}

function stateTimeline({ fieldConfig }: Chart, all: readonly Series[]): string {
  const states = fieldConfig.defaults.mappings?.[0]?.options ?? {};
  const known = Object.values(states).filter(({ color }) => color !== 'transparent');
  const legend = known.map(
    ({ text, color }) => `<span><i style="background:${colorNamed(color)}"></i>${text}</span>`,
  );
  const rows = all.map(({ name, values }) => {
    const parts = values.map((value) => {
      const state = value === null ? undefined : states[value];
      return `<b style="flex:1;background:${colorNamed(state?.color ?? 'transparent')}"></b>`;
    });
    return `<div class="state"><span>${escaped(name)}</span><div>${parts.join('')}</div></div>`;
  });
  return `${rows.join('')}<div class="legend">${legend.join('')}</div>`;
}

function place({ x, y, w, h }: Chart['gridPos']): string {
  const [left, top] = [x * COLUMN + GAP, y * UNIT + GAP];
  return `left:${left}px;top:${top}px;width:${w * COLUMN - GAP}px;height:${h * UNIT - GAP}px`;
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
