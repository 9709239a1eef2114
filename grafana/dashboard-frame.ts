import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type DashboardLink,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Family } from './metric.ts';
import { DATA_SOURCE } from './panel-text.ts';
import type { Query } from './query.ts';
import { without } from './without.ts';

interface Row {
  readonly title: string;
  /** Laid out from left to right, in 24 columns. */
  readonly panels: readonly Builder<Panel>[];
  /** Collapsed by default: for panels that are rarely needed, or whose queries are expensive. */
  readonly collapsed?: true;
}

interface Frame {
  /** Never changes: links and bookmarks use it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** `pitot-service` for dashboards that the other dashboards' top links lead to, with job and instance. */
  readonly tags: readonly string[];
  /** The variables offer the jobs and instances that have this metric. */
  readonly chosenBy: Family;
  /** The first panels, at the top and without a heading. */
  readonly summary: readonly Builder<Panel>[];
  readonly rows: readonly Row[];
  /** Annotates all graphs where this query has a value. */
  readonly marks?: Query & { readonly title: string };
}

/** The tag of dashboards about a service. */
export const SERVICE_TAG = 'pitot-service';

/** The tag of dashboards about the metrics' pipeline. */
export const PIPELINE_TAG = 'pitot-pipeline';

/**
 * The common parts of all dashboards: variables for data source, job and instance, links to each other, the time range,
 * and editing. Uses Grafana's classic model: the SDK recommends the second one, but only newer versions of Grafana
 * provision it from files.
 */
export function dashboard(frame: Frame): Dashboard {
  const { uid, title, description, tags, chosenBy, summary, rows, marks } = frame;
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([...tags])
    .readonly()
    .timezone('browser')
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([
      variable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus')),
      choice('job', 'Job', `label_values(${chosenBy.name}, job)`),
      choice('instance', 'Instance', `label_values(${chosenBy.name}{job=~"$job"}, instance)`),
    ])
    .links([
      // Jobs and instances of a service do not exist in the Collector, and vice versa.
      linkTo('Service', { tag: SERVICE_TAG, keepsChoice: tags.includes(SERVICE_TAG) }),
      linkTo('Pipeline', { tag: PIPELINE_TAG, keepsChoice: false }),
    ]);
  if (marks !== undefined) builder.annotation(annotation(marks));
  for (const panel of summary) builder.withPanel(panel);
  for (const { title, panels, collapsed } of rows) {
    const row = new RowBuilder(title);
    if (collapsed) for (const panel of panels) row.withPanel(panel);
    builder.withRow(row);
    if (!collapsed) for (const panel of panels) builder.withPanel(panel);
  }
  return numbered(builder.build());
}

function choice(name: string, label: string, query: string): Builder<VariableModel> {
  return variable(
    new QueryVariableBuilder(name)
      .label(label)
      .datasource(DATA_SOURCE)
      .query(query)
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.NaturalAsc)
      .multi(true)
      .includeAll(true)
      .allValue('.+')
      .current({ selected: true, text: ['All'], value: ['$__all'] }),
  );
}

/** The SDK gives every variable the settings of variables for intervals. */
function variable(builder: Builder<VariableModel>): Builder<VariableModel> {
  return without(builder, 'auto', 'auto_min', 'auto_count');
}

interface Destination {
  readonly tag: string;
  /** Whether the link keeps job and instance. */
  readonly keepsChoice: boolean;
}

function linkTo(title: string, { tag, keepsChoice }: Destination): Builder<DashboardLink> {
  const link = new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Dashboards)
    .tags([tag])
    .asDropdown(true)
    .keepTime(true)
    .includeVars(keepsChoice)
    .icon('external link');
  // The builder's default places the link into a menu, where users do not find it.
  return without(link, 'placement');
}

function annotation({ title, expr, legend }: Query & { readonly title: string }): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(title)
    .datasource(DATA_SOURCE)
    .enable(true)
    .iconColor('blue')
    .expr(expr)
    .titleFormat(title)
    .textFormat(legend);
}

/** Numbers the panels: Grafana identifies them by id, and links to a panel contain it. */
function numbered(made: Dashboard): Dashboard {
  let id = 0;
  for (const panel of made.panels ?? []) {
    panel.id = ++id;
    if (panel.type === 'row' && 'panels' in panel) for (const inner of panel.panels) inner.id = ++id;
  }
  return made;
}
