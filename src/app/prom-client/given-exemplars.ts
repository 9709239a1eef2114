import type { GivenExemplar } from '../record/exemplars.ts';
import type { Labels, PromExemplar } from './prom-metric.ts';

const NO_SPAN = '0'.repeat(16);
const MS_PER_SECOND = 1000;

/**
 * The exemplars that have a trace, for the recorder. prom-client leaves the names of their labels to the application;
 * its own are `traceId` and `spanId`. Exemplars without a trace, and further labels, have no place in cells.
 */
export function givenExemplars(all: readonly (PromExemplar | null)[]): GivenExemplar[] {
  return all.flatMap((exemplar) => {
    if (exemplar === null) return [];
    const { labelSet, value, timestamp = Date.now() / MS_PER_SECOND } = exemplar;
    const traceId = labelOf(labelSet, 'traceid', 32);
    if (traceId === undefined) return [];
    const spanId = labelOf(labelSet, 'spanid', 16) ?? NO_SPAN;
    return [{ value, time: timestamp * MS_PER_SECOND, traceId, spanId }];
  });
}

/** The value of the label of that name, in any case and with or without underscores, if it is so many digits. */
function labelOf(labels: Labels, wanted: string, digits: number): string | undefined {
  const name = Object.keys(labels).find((key) => key.replaceAll('_', '').toLowerCase() === wanted);
  const value = name === undefined ? '' : String(labels[name]);
  return value.length === digits && /^[\da-f]+$/i.test(value) ? value : undefined;
}
