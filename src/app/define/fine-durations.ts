/**
 * Durations of which pitot's page and `pitot top` show quantiles. They are recorded in finer buckets than those of the
 * conventions, which readers outside of pitot get: below the first boundary of those (5 ms for HTTP) any quantile would
 * be a guess.
 */
const FINE = new Set([
  'http.server.request.duration',
  'http.client.request.duration',
  'db.client.operation.duration',
  'websocket.server.process.duration',
]);

/** Six a decade, so that a bucket is at most 1.67 times as wide as its lower boundary. All conventional ones are among them. */
const STEPS = [1, 1.5, 2.5, 3.5, 5, 7.5];

/** From 10 µs to 75 s: 42 boundaries, which are 43 cells of 8 bytes for each series, instead of 15. */
const FINE_DURATIONS: readonly number[] = [-5, -4, -3, -2, -1, 0, 1].flatMap((decade) =>
  STEPS.map((step) => Number(`${step}e${decade}`)),
);

/** The boundaries in which a metric is recorded, if they are finer than those that it is served with. */
export function fineBoundaries(name: string): readonly number[] | undefined {
  return FINE.has(name) ? FINE_DURATIONS : undefined;
}
