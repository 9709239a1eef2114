import type { Attributes } from '@opentelemetry/api';
import { byteString } from '../../encoding/byte-string.ts';
import type { Naming } from '../../naming/naming.ts';
import { type Column, columnValue, createColumns } from './label-columns.ts';
import { labelText } from './label-text.ts';
import type { SampleExemplar } from './sample-exemplar.ts';

/**
 * The labels of one series. Names are unique and ascending. No value is empty, because for Prometheus an
 * empty label equals an absent one.
 */
export class Labels {
  /**
   * The text between the braces in the text formats, as a byte string. Two series of a family are the same
   * series if, and only if, their texts are equal.
   */
  readonly text: string;
  /** The labels in protobuf, as a byte string; that format sets it at the first use. */
  protobuf: string | undefined = undefined;
  /** The last translation that had the series, counted by the family's label cache, and the index of its sample then. */
  generation = 0;
  index = 0;
  /** The latest exemplar of each bucket, as of the last translation. */
  exemplars: readonly SampleExemplar[] = NO_EXEMPLARS;
  readonly #columns: readonly Column[];
  readonly #attributes: Attributes;

  constructor(columns: readonly Column[], attributes: Attributes) {
    this.#columns = columns;
    this.#attributes = attributes;
    let text = '';
    for (const column of columns) {
      const label = column.whole ?? labelText(column.head, columnValue(column, attributes));
      if (label !== '') text += text === '' ? label : `,${label}`;
    }
    this.text = byteString(text);
  }

  /** Computed at each call. Most formats only need `text`. */
  pairs(): (readonly [name: string, value: string])[] {
    return this.#columns
      .map((column) => [column.name, columnValue(column, this.#attributes)] as const)
      .filter(([, value]) => value !== '');
  }
}

const NO_EXEMPLARS: readonly SampleExemplar[] = [];

/** Creates the labels of a series from its attributes, which must not change afterwards. */
export type LabelMaker = (attributes: Attributes) => Labels;

export function createLabelMaker(naming: Naming, of: Parameters<typeof createColumns>[1]): LabelMaker {
  const columnsFor = createColumns(naming, of);
  return (attributes) => new Labels(columnsFor(Object.keys(attributes)), attributes);
}
