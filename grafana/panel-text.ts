import {
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import type { Query } from './query.ts';

/** The texts of a panel. */
export interface PanelText {
  readonly title: string;
  /** Explains the panel and how to read it. Grafana shows it beside the title. */
  readonly description: string;
  /** Replaces "No data" in a panel whose metrics a service may well lack. */
  readonly noValue?: string;
}

/** The data source that the user selects at the top of the dashboard. */
export const DATA_SOURCE = { type: 'prometheus', uid: '$datasource' };

/** The values from which something is worth a look, and bad. `below` reverses the direction. */
export interface Limits {
  readonly warning: number;
  readonly critical: number;
  readonly below?: true;
}

export function thresholds(limits: Limits | undefined): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps(limits));
}

function steps(limits: Limits | undefined): Threshold[] {
  if (limits === undefined) return [{ value: null, color: 'green' }];
  const { warning, critical, below } = limits;
  return below
    ? [
        { value: null, color: 'red' },
        { value: critical, color: 'orange' },
        { value: warning, color: 'green' },
      ]
    : [
        { value: null, color: 'green' },
        { value: warning, color: 'orange' },
        { value: critical, color: 'red' },
      ];
}

/** `range`: over the dashboard's time range; `table`: at its end; `heatmap`: buckets over the time range. */
export function target(
  { expr, legend }: Query,
  index: number,
  kind: 'range' | 'table' | 'heatmap',
  { exemplars = false }: { readonly exemplars?: boolean | undefined } = {},
): DataqueryBuilder {
  const query = new DataqueryBuilder()
    .datasource(DATA_SOURCE)
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .expr(expr)
    .legendFormat(legend);
  if (kind === 'table') return query.instant().format(PromQueryFormat.Table);
  const format = kind === 'heatmap' ? PromQueryFormat.Heatmap : PromQueryFormat.TimeSeries;
  return query.range().format(format).exemplar(exemplars);
}
