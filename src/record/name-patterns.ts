/** Whether an instrument's name matches one of the patterns, in which `*` stands for any text. Case is ignored. */
export function matcherOf(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 'is');
  });
  return (name) => expressions.some((expression) => expression.test(name));
}
