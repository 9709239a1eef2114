import { isPlainLabelName } from '../../naming/escaping.ts';

/** Labels as the text formats write them: `code="200",method="GET"`. */

/** The text before a label's value; a quote follows. */
export function labelHead(name: string): string {
  return `${isPlainLabelName(name) ? name : quoted(name)}="`;
}

/** The whole label, or '' for a label without a value. */
export function labelText(head: string, value: string): string {
  return value === '' ? '' : `${head}${escapeLabelValue(value)}"`;
}

/** A name that is not plain. */
export function quoted(name: string): string {
  return `"${escapeLabelValue(name)}"`;
}

/** Injective, because a backslash stands only before the three escaped characters. */
export function escapeLabelValue(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
