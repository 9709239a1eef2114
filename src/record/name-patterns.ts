/** Whether a name matches a pattern, in which `*` stands for any text. Case is ignored. */
type Matcher = (name: string) => boolean;

export function matcherOf(pattern: string): Matcher {
  const expression = expressionOf(pattern);
  return (name) => expression.test(name);
}

/** The pattern as a regular expression. */
export function expressionOf(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'is');
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
