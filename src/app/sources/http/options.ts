import type { Attributes } from '@opentelemetry/api';

/** Extra attributes of the application on the server's histograms. */
export interface ExtraAttributes {
  /** All names that `read` may return. pitot drops any other name. */
  readonly names: readonly string[];
  /**
   * Returns the attributes of a request that has ended. Each new value is a new series, so values must be few. If
   * it throws, pitot warns once and records the request without these attributes.
   *
   * @param request the request that `node:http` made; for HTTP/2 that of the compatibility API, else the stream
   */
  read(request: object): Attributes;
}

export interface NativeHttpOptions {
  /** The methods that are recorded by name, instead of the default ones. */
  readonly knownMethods?: readonly string[];
  /** pitot does not measure requests to a server whose path, without the query, matches one of these. */
  readonly excludedPaths?: readonly RegExp[];
  /**
   * Whether a proxy that the application trusts sets `Forwarded` or `X-Forwarded-Proto`. `url.scheme` then is the scheme
   * that the client used. By default it is that of the connection, because any client can send these headers.
   */
  readonly trustProxy?: boolean;
  readonly extraAttributes?: ExtraAttributes;
  /** Other instrumentations that may record the same. Called for each request, so it must be cheap. */
  readonly others?: OtherInstrumentations;
}

/**
 * Whether another instrumentation records a request on the same recorder. It is `perhaps` until that instrumentation
 * has recorded a value here: it may record elsewhere, or ignore this request.
 */
export type Coverage = 'no' | 'perhaps' | 'yes';

/** The requests that the application's own instrumentations record. */
export interface OtherInstrumentations {
  /** Requests to HTTP/1 servers, except upgrades and CONNECT. */
  serverCoverage(): Coverage;
  /** Requests by `node:http` and `node:https`. */
  clientCoverage(): Coverage;
  /** Requests by `fetch` and undici. */
  fetchCoverage(): Coverage;
}
