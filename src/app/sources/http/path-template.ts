/** The placeholders for segments of a path, the most specific first. */
const IDENTIFIERS: readonly (readonly [placeholder: string, looks: RegExp])[] = [
  ['{token}', /^.{41,}$/],
  ['{uuid}', /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i],
  ['{date}', /^\d{4}-\d{2}-\d{2}(?:T[\d:.Z+-]*)?$/],
  ['{id}', /^[+-]?\d+$/],
  ['{email}', /^[^@]+@[^@]+\.[^@]+$/],
  ['{hash}', /^(?=.*\d)[0-9a-f]{7,}$/i],
  // A version (`v2`, `v10`) is not an identifier. A prefixed one (`cus_9s6X`, `order-1234`) is.
  ['{id}', /^(?!v\d{1,3}$)(?=\D*\d\D*\d).+$/i],
  ['{id}', /^[a-z]+[-_]\d+$/i],
  // No static segment is this long without a separator.
  ['{token}', /^[^-_.~]{25,}$/],
];

/**
 * Replaces every segment of a path that looks like an identifier by a placeholder (`{id}`, `{uuid}`,
 * `{hash}`, …). This is the last resort for frameworks that do not reveal the template of a mount path. A
 * segment that looks like a word stays. It may still be a value, but its text does not show that.
 */
export function withoutIdentifiers(path: string): string {
  return path.split('/').map(placeholderOf).join('/');
}

function placeholderOf(segment: string): string {
  const text = decoded(segment);
  return IDENTIFIERS.find(([, looks]) => looks.test(text))?.[0] ?? segment;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
