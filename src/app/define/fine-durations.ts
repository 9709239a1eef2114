/**
 * Durations whose quantiles pitot's page and `pitot top` show. pitot records them in finer buckets than those of the
 * conventions, because below the conventions' first boundary (5 ms for HTTP) any quantile would be a guess. External
 * readers get the conventional buckets.
 */
const FINE = new Set([
  'http.server.request.duration',
  'http.client.request.duration',
  'db.client.operation.duration',
  'websocket.server.process.duration',
]);

/** Six per decade, including all conventional ones. A bucket is at most 1.67 times as wide as its lower boundary. */
const STEPS = [1, 1.5, 2.5, 3.5, 5, 7.5];

/** From 10 µs to 75 s: 42 boundaries, so 43 cells of 8 bytes for each series instead of 15. */
const FINE_DURATIONS: readonly number[] = [-5, -4, -3, -2, -1, 0, 1].flatMap((decade) =>
  STEPS.map((step) => Number(`${step}e${decade}`)),
);

/** The boundaries in which pitot records a metric, if they are finer than those that it serves. */
export function fineBoundaries(name: string): readonly number[] | undefined {
  return FINE.has(name) ? FINE_DURATIONS : undefined;
}
