/**
 * Names for scrapers that cannot read all of UTF-8: https://prometheus.io/docs/instrumenting/escaping_schemes/.
 * Where that page leaves room, pitot does what prometheus/common does. A scraper asks for a scheme by the parameter
 * `escaping` in its `Accept` header.
 */
export const ESCAPINGS = ['allow-utf-8', 'underscores', 'dots', 'values'] as const;

export type Escaping = (typeof ESCAPINGS)[number];

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether the name can be written without quotes. */
export function isPlainMetricName(name: string): boolean {
  return METRIC_NAME.test(name);
}

/** As `isPlainMetricName`: label names have no colons. */
export function isPlainLabelName(name: string): boolean {
  return LABEL_NAME.test(name);
}

export function escapeMetricName(name: string, escaping: Escaping): string {
  return isPlainMetricName(name) ? name : escaped(name, escaping, /[a-zA-Z0-9:]/);
}

export function escapeLabelName(name: string, escaping: Escaping): string {
  return isPlainLabelName(name) ? name : escaped(name, escaping, /[a-zA-Z0-9]/);
}

/**
 * @param plain characters that stay, except for a digit at the beginning
 * @returns with `allow-utf-8` the name itself, but for NUL: Prometheus' lexer takes a NUL within a name for the end of
 * the text, and refuses the whole scrape
 */
function escaped(name: string, escaping: Escaping, plain: RegExp): string {
  if (escaping === 'allow-utf-8') return name.replaceAll('\0', '_');
  const characters = Array.from(name, (character, i) =>
    plain.test(character) && !(i === 0 && /[0-9]/.test(character))
      ? character
      : SUBSTITUTES[escaping](character),
  );
  return `${escaping === 'values' ? 'U__' : ''}${characters.join('')}`;
}

const SUBSTITUTES = {
  underscores: () => '_',
  dots: (character: string) => (character === '.' ? '_dot_' : '__'),
  values: (character: string) => (character === '_' ? '__' : `_${character.codePointAt(0)?.toString(16)}_`),
} as const;
