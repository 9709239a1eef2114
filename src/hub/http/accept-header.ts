/** An item of `Accept` or `Accept-Encoding`, with the weight that the client gives it. (RFC 9110, section 12.4.2) */
export interface Weighted {
  /** In lower case. */
  readonly value: string;
  /** Names are in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
  /** From 0, which forbids the item, to 1. */
  readonly quality: number;
}

/** The items of the header in their order. Malformed items are left out. */
export function parseAcceptHeader(header: string): Weighted[] {
  return splitOutsideQuotes(header, ',').flatMap((item) => {
    const [value = '', ...rest] = splitOutsideQuotes(item, ';').map((part) => part.trim());
    if (value === '') return [];
    const parameters = new Map(rest.map(parseParameter));
    const quality = qualityOf(parameters.get('q'));
    parameters.delete('q');
    return [{ value: value.toLowerCase(), parameters, quality }];
  });
}

function parseParameter(text: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  if (equals === -1) return [text.toLowerCase(), ''];
  return [text.slice(0, equals).trim().toLowerCase(), unquoted(text.slice(equals + 1).trim())];
}

/** An item without a weight, or with a malformed one, weighs 1. */
function qualityOf(text: string | undefined): number {
  return text !== undefined && /^(0(\.[0-9]*)?|1(\.0*)?)$/.test(text) ? Number(text) : 1;
}

function unquoted(text: string): string {
  const isQuoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  return isQuoted ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let begin = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') isQuoted = !isQuoted;
    else if (character === '\\' && isQuoted) i++;
    else if (character === separator && !isQuoted) {
      parts.push(text.slice(begin, i));
      begin = i + 1;
    }
  }
  parts.push(text.slice(begin));
  return parts;
}
