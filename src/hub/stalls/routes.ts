import { HISTOGRAM_SUM } from '../../model/protocol.ts';
import type { SeriesRegistry } from '../collect/series-registry.ts';

const DURATION = 'http.server.request.duration';

/** A route with requests that waited for the event loop. */
export interface WaitingRoute {
  readonly method: string;
  readonly route: string;
}

/** The total duration of a route's requests, by method and route. */
type Durations = ReadonlyMap<string, number>;

/** @param registries one for each thread */
export function durationsByRoute(registries: Iterable<SeriesRegistry>): Durations {
  const durations = new Map<string, number>();
  for (const { instruments } of registries) {
    for (const { description, series } of instruments.values()) {
      if (description.name !== DURATION) continue;
      for (const { cells, at, attributes } of series.values()) {
        const key = JSON.stringify([attributes['http.request.method'], attributes['http.route']]);
        durations.set(key, (durations.get(key) ?? 0) + cells[at + HISTOGRAM_SUM]!);
      }
    }
  }
  return durations;
}

/**
 * Routes whose requests ended after the stall and took at least half as long. A request's route is not known before it
 * ends, so that recording requests costs the application's thread nothing more.
 */
export function waitingRoutes(before: Durations, after: Durations, seconds: number): WaitingRoute[] {
  return [...after]
    .filter(([key, sum]) => sum - (before.get(key) ?? 0) >= seconds / 2)
    .map(([key]) => {
      const [method, route] = JSON.parse(key);
      return { method: String(method ?? ''), route: String(route ?? '') };
    });
}
