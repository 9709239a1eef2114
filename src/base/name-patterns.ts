/** Whether a name matches a pattern. In patterns `*` stands for any text; case is ignored. */
type Matcher = (name: string) => boolean;

export function matcherOf(pattern: string): Matcher {
  const expression = expressionOf(pattern);
  return (name) => expression.test(name);
}

/** The pattern as a regular expression. */
export function expressionOf(pattern: string): RegExp {
  return expressionWith({ '*': '.*' }, pattern, 'is');
}

/** As {@link expressionOf}, with other wildcards and flags. All other characters stand for themselves. */
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

/** Values by patterns of names. The first pattern that matches counts. */
export class ByPattern<T> {
  private readonly entries: readonly { readonly matches: Matcher; readonly value: T }[];

  constructor(values: Readonly<Record<string, T>>) {
    this.entries = Object.entries(values).map(([pattern, value]) => ({ matches: matcherOf(pattern), value }));
  }

  get(name: string): T | undefined {
    return this.entries.find(({ matches }) => matches(name))?.value;
  }
}
