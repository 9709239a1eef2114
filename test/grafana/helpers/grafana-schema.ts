/**
 * Dashboards as JSON, by the types that Grafana publishes with each of its releases.
 *
 * The generator is typed by the Foundation SDK, which has releases of its own; these types are those of the Grafana that
 * deploy/compose.yaml runs.
 */
import type {
  AnnotationQuery,
  Dashboard,
  DataQuery,
  FieldConfigSource,
  Panel,
  RowPanel,
  TableFieldOptions,
  VariableModel,
} from '@grafana/schema';
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as stateTimeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeSeries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

/** The values of JSON that have the type: the types' enums are their values there. */
type Json<Type> = Type extends string
  ? `${Type}`
  : Type extends number
    ? `${Type}` extends `${infer Value extends number}`
      ? Value
      : Type
    : Type extends readonly (infer Item)[]
      ? Json<Item>[]
      : Type extends object
        ? { [Key in keyof Type]: Json<Type[Key]> }
        : Type;

/** Grafana fills in the defaults of a panel's options. */
type Options<Type> = Type extends readonly unknown[]
  ? Type
  : Type extends object
    ? { [Key in keyof Type]?: Options<Type[Key]> }
    : Type;

/** Grafana publishes this type with the data source's whole user interface only (`@grafana/prometheus`). */
interface PrometheusQuery extends DataQuery {
  expr: string;
  legendFormat: string;
  range: boolean;
  instant: boolean;
  format: 'time_series' | 'table' | 'heatmap';
  exemplar?: boolean;
}

/** Grafana's own type of panels allows any options, for panels of plugins. */
interface PanelOf<Type extends string, PanelOptions, Custom = object>
  extends Omit<Panel, 'type' | 'options' | 'fieldConfig' | 'targets'> {
  type: Type;
  options: Options<PanelOptions>;
  fieldConfig: Omit<FieldConfigSource, 'defaults'> & {
    defaults: Omit<FieldConfigSource['defaults'], 'custom'> & { custom?: Options<Custom> };
  };
  targets: PrometheusQuery[];
}

type Chart =
  | PanelOf<'timeseries', timeSeries.Options, timeSeries.FieldConfig>
  | PanelOf<'stat', stat.Options>
  | PanelOf<'table', table.Options, TableFieldOptions>
  | PanelOf<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | PanelOf<'state-timeline', stateTimeline.Options, stateTimeline.FieldConfig>;

/** Fields that Grafana's Prometheus data source reads from its annotations, and Grafana's own type lacks. */
interface PrometheusAnnotation extends AnnotationQuery {
  expr: string;
  titleFormat: string;
  textFormat: string;
}

interface PrometheusDashboard extends Omit<Dashboard, 'panels' | 'annotations' | 'templating'> {
  panels: (Chart | (Omit<RowPanel, 'panels'> & { panels: Chart[] }))[];
  annotations?: { list: PrometheusAnnotation[] };
  templating: { list: VariableModel[] };
}

/** The text of a dashboard's file, parsed. */
export type DashboardJson = Json<PrometheusDashboard>;
