/**
 * Bounds of the buckets of request durations, in seconds. (Semantic conventions, "HTTP metrics",
 * `http.server.request.duration` and `http.client.request.duration`)
 */
export const REQUEST_DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** As above for `http.client.connection.duration`. */
export const CONNECTION_DURATIONS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** Bounds of the buckets of body sizes, in bytes; the conventions give none. An empty body is its own bucket. */
export const BODY_SIZES = [
  0, 128, 512, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
];
