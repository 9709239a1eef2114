/** The differences between SQL dialects that matter for telling texts from names. */
export interface SqlDialect {
  /** As in MySQL, a backslash makes the next character part of the text. */
  readonly backslashEscapes: boolean;
}

/*
 * In this order: white space and comments; texts (with a prefix, plain, and between dollars as in PostgreSQL);
 * names in quotes; words and numbers; any other character by itself. An unclosed token extends to the end.
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

/** The words, quoted names and signs of a statement, without white space, comments and texts. */
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
