import { answer, type Handler, jsonOf, NOT_STORED } from './routing.ts';

/** What is served of the series there are: for people, and for scripts. */
export interface CardinalityReport {
  text(): string;
  json(): string;
}

/** The largest instruments of this process, and their most varied attributes. */
export function createCardinality({ text, json }: CardinalityReport): ReadonlyMap<string, Handler> {
  return new Map<string, Handler>([
    ['/metrics/cardinality', async (_, response) => answer(response, 200, text(), NOT_STORED)],
    ['/metrics/cardinality.json', jsonOf(json)],
  ]);
}
