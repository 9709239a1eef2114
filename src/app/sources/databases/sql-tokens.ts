/** How a database's SQL differs from the standard's where it matters for telling texts from names. */
export interface SqlDialect {
  /** A backslash in a text makes the character after it part of the text, as in MySQL. */
  readonly backslashEscapes: boolean;
}

/*
 * In this order: white space and comments; texts (with a prefix, plain, and between dollars as in PostgreSQL);
 * names in quotes; words and numbers; any other character by itself. What is never closed goes on to the end.
 */
const SKIPPED = String.raw`\s+|--[^\n]*|/\*[\s\S]*?(?:\*/|$)`;
const ESCAPED_TEXT = String.raw`'(?:[^'\\]|''|\\[\s\S])*(?:'|\\?$)`;
const PLAIN_TEXT = `'(?:[^']|'')*(?:'|$)`;
const DOLLAR_TEXT = String.raw`\$(?<tag>(?:[A-Za-z_]\w*)?)\$[\s\S]*?(?:\$\k<tag>\$|$)`;
const QUOTED_NAME = String.raw`"(?:[^"]|"")*(?:"|$)|\x60(?:[^\x60]|\x60\x60)*(?:\x60|$)`;
const WORD = String.raw`[\w\u0080-\uffff]+`;

const STANDARD = tokenPattern(`[eE]${ESCAPED_TEXT}|${PLAIN_TEXT}|${DOLLAR_TEXT}`);
const BACKSLASH = tokenPattern(ESCAPED_TEXT);

function tokenPattern(text: string): RegExp {
  return new RegExp(`${SKIPPED}|${text}|(?<token>${QUOTED_NAME}|${WORD}|[\\s\\S])`, 'y');
}

/** The words, names in quotes and signs of a statement; white space, comments and texts are left out. */
export function sqlTokens(sql: string, { backslashEscapes }: SqlDialect): string[] {
  const pattern = backslashEscapes ? BACKSLASH : STANDARD;
  const tokens: string[] = [];
  pattern.lastIndex = 0;
  for (let found = pattern.exec(sql); found !== null && found[0] !== ''; found = pattern.exec(sql)) {
    const token = found.groups?.token;
    if (token !== undefined) tokens.push(token);
  }
  return tokens;
}
