import { yielding } from '../../base/yielding.ts';
import { cardinality, cardinalityJson, cardinalityText } from '../collect/cardinality.ts';
import type { SeriesRegistry } from '../collect/series-registry.ts';
import { coalesced } from './coalescing.ts';
import { answer, type Handler, jsonOf, NOT_STORED } from './routing.ts';

/** The report on the number of series: for people, and for scripts. */
export interface CardinalityReport {
  text(): Promise<string>;
  json(): Promise<string>;
}

/** The largest instruments of this process, and their most varied attributes. */
export function createCardinality({ text, json }: CardinalityReport): ReadonlyMap<string, Handler> {
  return new Map<string, Handler>([
    ['/metrics/cardinality', async (_, response) => answer(response, 200, await text(), NOT_STORED)],
    ['/metrics/cardinality.json', jsonOf(json)],
  ]);
}

/**
 * Reads a million series for about a second. Requests that come meanwhile share the result, and the event loop turns in
 * between, so that health probes and scrapes do not wait.
 */
export function reportOf(registries: () => Iterable<SeriesRegistry>): CardinalityReport {
  const count = coalesced(() => yielding(cardinality(registries())), {
    joinable: Number.POSITIVE_INFINITY,
  });
  const { signal } = new AbortController();
  return {
    text: async () => cardinalityText(await count(signal)),
    json: async () => cardinalityJson(await count(signal)),
  };
}
