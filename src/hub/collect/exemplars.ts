import { millisToHrTime } from '@opentelemetry/core';
import type { Exemplar } from '../../model/exemplars.ts';
import {
  EXEMPLAR_CELLS,
  EXEMPLAR_IDS,
  EXEMPLAR_SEQUENCE,
  EXEMPLAR_TIME,
  EXEMPLAR_VALUE,
  ID_WORDS,
  WORDS_PER_CELL,
} from '../../model/protocol.ts';
import { readConsistently } from '../../model/sequence.ts';
import type { RegisteredExemplars } from './series-registry.ts';

/** Reads exemplars before the values of their series, so that each belongs to a value that is then reported. */
export function readExemplars(exemplars: RegisteredExemplars): Exemplar[] {
  return Array.from({ length: exemplars.slots }, (_, slot) => readSlot(exemplars, slot)).filter(
    (exemplar) => exemplar !== undefined,
  );
}

function readSlot({ cells, words, at }: RegisteredExemplars, slot: number): Exemplar | undefined {
  const first = at + slot * EXEMPLAR_CELLS;
  if (cells[first + EXEMPLAR_TIME] === 0) return undefined;
  const ids = (first + EXEMPLAR_IDS) * WORDS_PER_CELL;
  const read = readConsistently(words, first + EXEMPLAR_SEQUENCE, () => ({
    value: cells[first + EXEMPLAR_VALUE]!,
    time: cells[first + EXEMPLAR_TIME]!,
    ids: [...words.subarray(ids, ids + ID_WORDS)],
  }));
  if (read === undefined) return undefined;
  const exemplar = {
    value: read.value,
    timestamp: millisToHrTime(read.time),
    filteredAttributes: {},
  };
  if (read.ids.every((word) => word === 0)) return exemplar;
  const digits = read.ids.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  const [traceId, spanId] = [digits.slice(0, 32), digits.slice(32)];
  // An exemplar of prom-client may have a trace and no span.
  return { ...exemplar, traceId, ...(/[^0]/.test(spanId) && { spanId }) };
}
