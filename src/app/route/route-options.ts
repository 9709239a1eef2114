import type { HubRequest } from '../../channel/requests.ts';

/** The part of pitot's endpoint that a route serves. */
export type RouteOptions = (ServeOne | ServeAll) & {
  /**
   * Whether the route counts among the application's HTTP requests (`http.server.*`). False by default. It has an effect
   * where pitot itself measures HTTP; OpenTelemetry's own instrumentation is told by its `ignoreIncomingRequestHook`.
   */
  readonly counted?: boolean | undefined;
};

/** One thing, at whatever path the application mounts the route. */
interface ServeOne {
  /**
   * The path of pitot's endpoint that this route stands for. `/metrics` by default; it is then also JSON, for a route
   * whose path ends with `.json`.
   */
  readonly serve?: '/metrics' | '/metrics.json' | '/metrics/cardinality' | '/livez' | '/readyz' | undefined;
  readonly prefix?: undefined;
}

/** All that pitot's endpoint has: the live page, the metrics and the health paths. */
interface ServeAll {
  /**
   * Where the paths of the endpoint begin, as the client sees them: with `/internal` the page is at `/internal/` and the
   * metrics are at `/internal/metrics`. Mount the route for that path and all below it.
   */
  readonly prefix: string;
  readonly serve?: undefined;
}

/** The headers of a request that change an answer. */
const REQUEST_HEADERS = [
  'accept',
  'accept-encoding',
  'x-prometheus-scrape-timeout-seconds',
  'if-none-match',
  'last-event-id',
  'host',
  'origin',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
] as const;

/** @param header returns `undefined` for a header that the request does not have */
export function hubRequest(
  method: string,
  url: string,
  header: (name: string) => string | undefined,
): HubRequest {
  const headers: Record<string, string> = {};
  for (const name of REQUEST_HEADERS) {
    const value = header(name);
    if (value !== undefined) headers[name] = value;
  }
  return { method, url, headers };
}

/**
 * Makes the function from the client's path and query to those of the endpoint.
 *
 * The function returns the location instead where the client has to ask again: the page's own addresses are relative,
 * so its path ends with a slash.
 */
export function endpointUrls({
  serve,
  prefix,
}: RouteOptions): (url: string) => { url: string } | { location: string } {
  if (prefix === undefined) return (url) => ({ url: served(url, serve) });
  const base = `/${prefix.split('/').filter(Boolean).join('/')}`.replace(/^\/$/, '');
  return (url) => {
    const [path = '', query = ''] = cut(url);
    if (path === base && base !== '')
      return { location: `./${base.slice(base.lastIndexOf('/') + 1)}/${query}` };
    // A router may have taken the prefix away.
    return { url: path.startsWith(`${base}/`) ? url.slice(base.length) : url };
  };
}

function served(url: string, serve: string | undefined): string {
  const [path, query] = cut(url);
  return `${serve ?? (path.endsWith('.json') ? '/metrics.json' : '/metrics')}${query}`;
}

function cut(url: string): [path: string, query: string] {
  const at = url.indexOf('?');
  return at === -1 ? [url, ''] : [url.slice(0, at), url.slice(at)];
}
