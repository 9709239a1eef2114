/**
 * The optional properties in a text of declarations, with their types. Parameters of functions are none: they take
 * `undefined` anyway.
 */
export function optionalProperties(declarations: string): readonly (readonly [name: string, type: string])[] {
  const text = declarations.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/'[^'\n]*'/g, "''");
  const found: [string, string][] = [];
  for (const { index, 0: head, 1: name = '' } of text.matchAll(/(\w+)\?: /g)) {
    if (enclosing(text.slice(0, index)) !== '{') continue;
    const rest = text.slice(index + head.length);
    found.push([name, rest.slice(0, lengthOfType(rest)).trim()]);
  }
  return found;
}

/** The last bracket that is still open at the end of a text. */
function enclosing(text: string): string | undefined {
  const open: string[] = [];
  for (const [bracket] of text.matchAll(/[([{}\])]/g)) {
    if ('([{'.includes(bracket)) open.push(bracket);
    else open.pop();
  }
  return open.at(-1);
}

/** Up to the semicolon that ends the property, which a nested type may contain too. */
function lengthOfType(text: string): number {
  let depth = 0;
  for (const { index, 0: character } of text.matchAll(/[([{}\]);]/g)) {
    if ('([{'.includes(character)) depth += 1;
    else if (character !== ';') depth -= 1;
    if (depth < 0 || (depth === 0 && character === ';')) return index;
  }
  return text.length;
}
