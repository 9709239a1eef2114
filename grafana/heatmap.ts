import { TooltipDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapTooltipBuilder,
  PanelBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { DATA_SOURCE, type PanelText, target } from './panel-text.ts';
import type { Query } from './query.ts';

interface Heatmap extends PanelText {
  /** Unit of the buckets' bounds. */
  readonly unit: string;
  /** Unit of the counts per second: `reqps`, `ops`. */
  readonly countUnit: string;
  /** A query from `buckets()`. */
  readonly query: Query;
  readonly span: number;
}

/** The distribution of values over time. Shows several groups of values, which no quantile does. */
export function heatmap({ title, description, unit, countUnit, query, span }: Heatmap): PanelBuilder {
  return new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATA_SOURCE)
    .withTarget(target(query, 0, 'heatmap', { exemplars: true }))
    .height(8)
    .span(span)
    .unit(countUnit)
    .calculate(false)
    .color(
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Scheme)
        .scheme('Oranges')
        .exponent(0.5)
        .steps(64),
    )
    .yAxis(new YAxisConfigBuilder().unit(unit))
    .tooltip(new HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(true))
    .showLegend();
}
