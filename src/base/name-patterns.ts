/** Whether a name matches a pattern, in which `*` stands for any text. Case is ignored. */
type Matcher = (name: string) => boolean;

export function matcherOf(pattern: string): Matcher {
  const expression = expressionOf(pattern);
  return (name) => expression.test(name);
}

/** The pattern as a regular expression. */
export function expressionOf(pattern: string): RegExp {
  return expressionWith({ '*': '.*' }, pattern, 'is');
}

/** As {@link expressionOf}, with wildcards and flags of one's own; all other characters stand for themselves. */
export function expressionWith(
  wildcards: Readonly<Record<string, string>>,
  pattern: string,
  flags: string,
): RegExp {
  const source = pattern.replace(
    /[.*+?^${}()|[\]\\]/g,
    (character) => wildcards[character] ?? `\\${character}`,
  );
  return new RegExp(`^${source}$`, flags);
}

export function anyMatcherOf(patterns: readonly string[]): Matcher {
  const matchers = patterns.map(matcherOf);
  return (name) => matchers.some((matches) => matches(name));
}

/** Values by patterns; of several patterns that match a name, the first counts. */
export class ByPattern<T> {
  private readonly entries: readonly { readonly matches: Matcher; readonly value: T }[];

  constructor(values: Readonly<Record<string, T>>) {
    this.entries = Object.entries(values).map(([pattern, value]) => ({ matches: matcherOf(pattern), value }));
  }

  get(name: string): T | undefined {
    return this.entries.find(({ matches }) => matches(name))?.value;
  }
}
