import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { DATA_SOURCE, type Limits, type PanelText, target, thresholds } from './panel-text.ts';
import type { Query } from './query.ts';

interface Stat extends PanelText {
  readonly unit: string;
  readonly query: Query;
  /** Colours the panel by its value. Default: no colour. */
  readonly limits?: Limits;
  readonly decimals?: number;
  /** Columns of 24. Default: 4. */
  readonly span?: number;
}

/** One current number, above its history. */
export function stat({ title, description, unit, query, limits, decimals, span = 4 }: Stat): PanelBuilder {
  const colour = new FieldColorBuilder();
  const builder = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATA_SOURCE)
    .withTarget(target(query, 0, 'range'))
    .height(4)
    .span(span)
    .unit(unit)
    .noValue('–')
    .reduceOptions(new ReduceDataOptionsBuilder().values(false).calcs(['lastNotNull']).fields(''))
    .graphMode(BigValueGraphMode.Area)
    .textMode(BigValueTextMode.Value)
    .colorMode(limits === undefined ? BigValueColorMode.Value : BigValueColorMode.Background)
    .colorScheme(
      limits === undefined
        ? colour.mode(FieldColorModeId.Fixed).fixedColor('blue')
        : colour.mode(FieldColorModeId.Thresholds),
    )
    .thresholds(thresholds(limits));
  return decimals === undefined ? builder : builder.decimals(decimals);
}
