type Listed = readonly unknown[];

const { _getActiveHandles: handlesOf, _getActiveRequests: requestsOf } = process as {
  readonly _getActiveHandles?: () => Listed;
  readonly _getActiveRequests?: () => Listed;
};

/**
 * The handles of libuv that are active in this thread.
 *
 * Rests on: `process._getActiveHandles()`, which is deprecated (DEP0161, documentation only). Checked with Node.js 22.23,
 * 24.21 and 26.10.
 *
 * @returns undefined if this version of Node.js does not have it
 */
export function activeHandles(): Listed | undefined {
  return handlesOf?.call(process);
}

/** Likewise its requests, by `process._getActiveRequests()`. */
export function activeRequests(): Listed | undefined {
  return requestsOf?.call(process);
}
