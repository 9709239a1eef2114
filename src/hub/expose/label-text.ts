import { isPlainLabelName } from '../../naming/escaping.ts';

/** Labels as the text formats write them: `code="200",method="GET"`. */

/** What stands before a label's value, behind which a quote follows. */
export function labelHead(name: string): string {
  return `${isPlainLabelName(name) ? name : quoted(name)}="`;
}

/** The whole label, or '' for one without value. */
export function labelText(head: string, value: string): string {
  return value === '' ? '' : `${head}${escapeLabelValue(value)}"`;
}

/** A name that is not plain. */
export function quoted(name: string): string {
  return `"${escapeLabelValue(name)}"`;
}

/** Injective: the three characters that are escaped are the only ones a backslash can come before. */
export function escapeLabelValue(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
