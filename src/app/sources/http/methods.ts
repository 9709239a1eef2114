import { KNOWN_METHODS } from '../../../contract/http.ts';

/** The value of `http.request.method`: a known method as it is, case and all, every other as `_OTHER`. */
export function methodNames(known: readonly string[] = KNOWN_METHODS): (method: string | null) => string {
  const names = new Set(known);
  return (method) => (method !== null && names.has(method) ? method : '_OTHER');
}
