import {
  LegendDisplayMode,
  LegendPlacement,
  VisibilityMode,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { DATA_SOURCE, type PanelText, target } from './panel-text.ts';
import type { Query } from './query.ts';

interface StateTimeline extends PanelText {
  /** A query with the values 0 and 1. */
  readonly query: Query;
  /** The meaning and the colour of each value. */
  readonly one: { readonly text: string; readonly colour: string };
  readonly zero: { readonly text: string; readonly colour: string };
  readonly span: number;
}

/** The periods in which a state held, one row per series. */
export function stateTimeline({ title, description, query, one, zero, span }: StateTimeline): PanelBuilder {
  return new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATA_SOURCE)
    .withTarget(target(query, 0, 'range'))
    .height(8)
    .span(span)
    .unit('none')
    .mappings([
      {
        type: MappingType.ValueToText,
        options: {
          '0': { text: zero.text, color: zero.colour, index: 0 },
          '1': { text: one.text, color: one.colour, index: 1 },
        },
      },
    ])
    .showValue(VisibilityMode.Never)
    .mergeValues(true)
    .lineWidth(0)
    .rowHeight(0.8)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    );
}
