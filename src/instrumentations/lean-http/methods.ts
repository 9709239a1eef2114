/**
 * The methods that are recorded by name unless told otherwise: those of RFC 9110, PATCH and QUERY.
 * (Semantic conventions, "HTTP metrics", `http.request.method`)
 */
const KNOWN_METHODS: readonly string[] = [
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
];

/** The value of `http.request.method`: a known method as it is, case and all, every other as `_OTHER`. */
export function methodNames(known: readonly string[] = KNOWN_METHODS): (method: string | null) => string {
  const names = new Set(known);
  return (method) => (method !== null && names.has(method) ? method : '_OTHER');
}
