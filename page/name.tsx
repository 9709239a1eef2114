/** A long name, which breaks after its dots, slashes, colons and underscores rather than within words. */
export function Name({ text }: { readonly text: string }) {
  const parts = text.split(/(?<=[^./:_][./:_])(?=:?[^./:_])/);
  return parts.map((part, i) => [i > 0 && <wbr key={i} />, part]);
}

/** Whether every word of the query occurs in the text. */
export function hasWords(text: string, query: string): boolean {
  const lower = text.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
