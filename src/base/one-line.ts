/** Line breaks and tabs with the blanks around them. */
const BREAKS = /[ ]*[\t\n\v\f\r\u0085\u2028\u2029][\t\n\v\f\r\u0085\u2028\u2029 ]*/g;

/** Control characters, and those that change the direction of writing. Both make a terminal show another text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text from outside as a part of one line: line breaks become blanks, other control characters become
 * escapes such as `\x1b`, and a text of more than `max` characters is cut.
 */
export function oneLine(text: string, max: number): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  return cut.toWellFormed().replace(BREAKS, ' ').replace(CONTROLS, escaped).trim();
}

function escaped(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
}
