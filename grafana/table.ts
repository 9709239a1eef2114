import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { DATA_SOURCE, type PanelText, target } from './panel-text.ts';
import type { Query } from './query.ts';

interface Column {
  readonly title: string;
  readonly unit: string;
  readonly query: Query;
}

interface Table extends PanelText {
  /** The label that identifies a row, and the title of its column. */
  readonly row: { readonly label: string; readonly title: string };
  /** Each grouped only by the label of the rows. The first one sorts the table. */
  readonly columns: readonly Column[];
  readonly span: number;
}

/** Current values, one row per value of a label. */
export function table({ title, description, row, columns, span }: Table): Builder<Panel> {
  const names = columns.map((column, index): [string, string] => [
    `Value #${String.fromCharCode('A'.charCodeAt(0) + index)}`,
    column.title,
  ]);
  const builder = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATA_SOURCE)
    .targets(columns.map(({ query }, index) => target(query, index, 'table')))
    .height(8)
    .span(span)
    .unit('short')
    .filterable(true)
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(
          [row.label, ...names.map(([name]) => name)].map((name, i) => [name, i]),
        ),
        renameByName: { [row.label]: row.title, ...Object.fromEntries(names) },
      },
    });
  for (const { title, unit } of columns) builder.overrideByName(title, [{ id: 'unit', value: unit }]);
  const [first] = columns;
  if (first !== undefined) {
    builder.sortBy([new TableSortByFieldStateBuilder().displayName(first.title).desc(true)]);
  }
  const panel = builder.build();
  // The SDK's default is an option of older versions. In Grafana 13 a footer belongs to a column.
  delete panel.options?.footer;
  return { build: () => panel };
}
