import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../harness/service.ts';

const FOLDER = join(REPOSITORY, 'grafana/dashboards');

export interface DataSource {
  readonly type?: string;
  readonly uid?: string;
}

interface Target {
  readonly expr: string;
  readonly legendFormat?: string;
  readonly refId: string;
  /** `time_series`, `table` or `heatmap`. */
  readonly format?: string;
  readonly datasource?: DataSource;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface Threshold {
  /** The lowest step has none. */
  readonly value: number | null;
  readonly color: string;
}

interface ValueMapping {
  readonly options: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
}

/** A panel that shows data. */
export interface Chart {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly gridPos: Box;
  readonly datasource?: DataSource;
  readonly targets: readonly Target[];
  readonly options: {
    readonly yAxis?: { readonly unit?: string };
    readonly colorMode?: string;
    readonly sortBy?: readonly { readonly displayName: string; readonly desc: boolean }[];
    readonly legend?: { readonly displayMode?: string };
  };
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit?: string;
      readonly min?: number;
      readonly max?: number;
      readonly mappings?: readonly ValueMapping[];
      readonly noValue?: string;
      readonly color?: { readonly mode: string; readonly fixedColor?: string };
      readonly thresholds?: { readonly steps: readonly Threshold[] };
      readonly custom?: {
        readonly fillOpacity?: number;
        readonly stacking?: object;
        readonly thresholdsStyle?: object;
      };
    };
    readonly overrides: readonly {
      readonly matcher: { readonly options: unknown };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
  readonly transformations?: readonly {
    readonly options: {
      readonly indexByName?: Readonly<Record<string, number>>;
      readonly renameByName?: Readonly<Record<string, string>>;
    };
  }[];
}

export interface Row {
  readonly id: number;
  readonly type: 'row';
  readonly title?: string;
  readonly gridPos: Box;
  readonly collapsed: boolean;
  readonly panels: readonly Chart[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly query: string;
  readonly datasource?: DataSource;
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly allValue?: string;
  readonly refresh?: number;
}

interface Link {
  readonly type: string;
  readonly tags: readonly string[];
  readonly includeVars: boolean;
  readonly keepTime: boolean;
}

/** Grafana's classic dashboard model, as far as the tests look at it. */
export interface DashboardFile {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly editable: boolean;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly panels: readonly (Chart | Row)[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly links: readonly Link[];
}

/** The generated files of grafana/dashboards. */
export function readDashboards(): { readonly file: string; readonly dashboard: DashboardFile }[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => ({ file, dashboard: JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) }));
}

/** All panels with data, those in closed rows too. */
export function panelsOf({ panels }: DashboardFile): Chart[] {
  return panels.flatMap((panel) => ('targets' in panel ? [panel] : panel.panels));
}
