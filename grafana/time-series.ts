import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { DATA_SOURCE, type Limits, type PanelText, target, thresholds } from './panel-text.ts';
import type { Query } from './query.ts';

interface TimeSeries extends PanelText {
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Columns of 24. */
  readonly span: number;
  /** Stacks the series, if their sum is meaningful. */
  readonly stacked?: true;
  /** Shows points for single requests that link to their traces. */
  readonly exemplars?: true;
  readonly limits?: Limits;
  /** The top of the axis, if the value has a natural maximum. */
  readonly max?: number;
  /** Colours by regular expressions of series names. */
  readonly colours?: Readonly<Record<string, string>>;
}

/** Colours of outcomes, the same on all dashboards. */
export const OUTCOMES = {
  '/(success|allowed|accepted|hit)/': 'green',
  '/(failure|error|rejected|failed)/': 'red',
  '/(cancellation|limited|aborted|miss)/': 'orange',
};

/** Lines over time. The axis begins at 0, so that heights are comparable. */
export function timeSeries(panel: TimeSeries): PanelBuilder {
  const {
    title,
    description,
    unit,
    queries,
    span,
    stacked,
    exemplars,
    limits,
    max,
    colours = {},
    noValue,
  } = panel;
  const isWide = span >= 12;
  const legend = new VizLegendOptionsBuilder()
    .showLegend(true)
    .placement(LegendPlacement.Bottom)
    .displayMode(isWide ? LegendDisplayMode.Table : LegendDisplayMode.List)
    .calcs(isWide ? ['mean', 'max', 'lastNotNull'] : []);
  const builder = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATA_SOURCE)
    .targets(queries.map((query, index) => target(query, index, 'range', { exemplars })))
    .height(8)
    .span(span)
    .unit(unit)
    .min(0)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .lineWidth(1)
    .fillOpacity(stacked ? 40 : 8)
    .showPoints(VisibilityMode.Auto)
    .pointSize(4)
    .legend(isWide ? legend.sortBy('Max').sortDesc(true) : legend)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (max !== undefined) builder.max(max);
  if (noValue !== undefined) builder.noValue(noValue);
  if (stacked) builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (limits !== undefined) {
    const dashed = new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
    builder.thresholds(thresholds(limits)).thresholdsStyle(dashed);
  }
  for (const [names, colour] of Object.entries(colours)) {
    builder.overrideByRegexp(names, [{ id: 'color', value: { mode: 'fixed', fixedColor: colour } }]);
  }
  return builder;
}
