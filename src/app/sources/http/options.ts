import type { Attributes } from '@opentelemetry/api';

/** Attributes of the application's own on the server's histograms. */
export interface ExtraAttributes {
  /** Every name `read` may return. A name that is not declared here is left out. */
  readonly names: readonly string[];
  /**
   * The attributes of a request that has ended. Values must be few: each new one is a new series. An
   * error it throws is told once, and the request is recorded without these attributes.
   *
   * @param request the one that `node:http` made; of HTTP/2 the compatibility API's, or else the stream
   */
  read(request: object): Attributes;
}

export interface NativeHttpOptions {
  /** The methods recorded by name: all of them, not in addition to the default ones. */
  readonly knownMethods?: readonly string[];
  /** Requests to a server whose path, without the query, matches one of these are not measured. */
  readonly excludedPaths?: readonly RegExp[];
  readonly extraAttributes?: ExtraAttributes;
  /** Who else may count the same; asked at each request, so it must be cheap. */
  readonly others?: Others;
}

/**
 * Whether somebody else counts a request on the same recorder. Until that has been seen to record it is
 * `perhaps`: it may record elsewhere, or leave this request out.
 */
export type Claim = 'no' | 'perhaps' | 'yes';

/** What is counted by the official instrumentations of the application's own. */
export interface Others {
  /** Requests to servers over HTTP/1, but for those that leave HTTP. */
  countServers(): Claim;
  /** Requests of `node:http` and `node:https`. */
  countClients(): Claim;
  /** Requests of `fetch` and undici. */
  countFetch(): Claim;
}
