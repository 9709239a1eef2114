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
  /** Where a value is good or bad, the panel has the colour; else it is plain. */
  readonly limits?: Limits;
  readonly decimals?: number;
  /** Of 24 columns; 4 unless told otherwise. */
  readonly span?: number;
}

/** One number, as of now, over how it came to it. */
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
