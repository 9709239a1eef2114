import type { Attributes } from '@opentelemetry/api';
import type { DeclaredAttributes } from '../../model/advice.ts';

/** The semantic conventions' name for a value that is not among the known ones. */
const OTHER = '_OTHER';

/** The first attribute of a series that departs from its metric's contract, and its fault. */
export function violationOf(
  declared: DeclaredAttributes,
  attributes: Attributes,
  isReplaced: (attribute: string) => boolean,
): { readonly attribute: string; readonly text: string } | undefined {
  for (const [attribute, value] of Object.entries(attributes)) {
    const declaration = Object.hasOwn(declared, attribute) ? declared[attribute] : undefined;
    if (declaration === undefined)
      return { attribute, text: `the attribute '${attribute}', which its contract does not declare` };
    // Redaction replaces values, and so do limits: neither is the application's doing.
    if (value === OTHER || isReplaced(attribute)) continue;
    const { type, values } = declaration;
    const isDeclared =
      values === undefined ? type === undefined || typeof value === type : values.includes(value);
    if (!isDeclared)
      return { attribute, text: `a value of '${attribute}' that its contract does not declare` };
  }
  return undefined;
}
