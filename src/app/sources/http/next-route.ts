/** The property of the raw request where Next.js keeps its own data about the request. */
const META = Symbol.for('NextInternalRequestMeta');

interface NextRequest {
  [META]?: { readonly match?: { readonly definition?: { readonly pathname?: unknown } } | null } | null;
}

/** The pages that Next.js renders when none of the application's pages matched. */
const UNMATCHED = new Set(['/_not-found', '/404', '/_error']);

/**
 * The page, route handler or API route of Next.js that matched, as the file system spells it
 * (`/blog/[slug]`). Next.js leaves it on the request while it renders.
 */
export function nextRoute(request: object): string | undefined {
  const pathname = (request as NextRequest)[META]?.match?.definition?.pathname;
  return typeof pathname === 'string' && !UNMATCHED.has(pathname) ? pathname : undefined;
}
