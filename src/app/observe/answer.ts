import type { Attributes } from '@opentelemetry/api';

/** The value of one series. */
export interface Reading<A extends Attributes = Attributes> {
  readonly value: number;
  readonly attributes?: A | undefined;
}

/** One number without attributes, or all of an instrument's series: those left out are there no more. */
export type Answer<A extends Attributes = Attributes> = number | readonly Reading<A>[];

/**
 * The readings of an answer, as copies, so that what the application does with its answer afterwards
 * changes nothing. Throws when the answer is not what the types promise: a number that is not finite, or
 * something else altogether.
 */
export function readingsOf<A extends Attributes>(answer: unknown): readonly Reading<A>[] {
  if (typeof answer === 'number') return [{ value: finite(answer) }];
  return listOf(answer, 'the answer', 'a number or a list').map((reading: unknown) => {
    if (typeof reading === 'object' && reading !== null && 'counts' in reading) {
      throw new TypeError('a reading has counts, which only a histogram of pitot takes');
    }
    if (typeof reading !== 'object' || reading === null || !('value' in reading)) {
      throw new TypeError(`a reading is ${kindOf(reading)}, not an object with a value`);
    }
    const { value, attributes } = reading as Reading<A>;
    return { value: finite(value), attributes: attributes && { ...attributes } };
  });
}

function finite(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError(`a value is ${typeof value === 'number' ? value : kindOf(value)}, not a finite number`);
}

/** The list, or a TypeError that says what was expected. */
export function listOf(value: unknown, what: string, expected = 'a list'): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`${what} is ${kindOf(value)}, not ${expected}`);
}

export function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
