import type { AttributeValue } from '@opentelemetry/api';
import { attributeText } from '../../model/attribute-text.ts';
import type { InstrumentDescription, InstrumentKind } from '../../model/protocol.ts';
import { OVERFLOW_ATTRIBUTE } from '../../model/series-limit.ts';
import type { RegisteredSeries, SeriesRegistry } from './series-registry.ts';

/** How many series there are, and which attributes make them so many. */
export interface Cardinality {
  /** All instruments and all series of the process' threads. */
  readonly instruments: number;
  readonly series: number;
  /** The instruments with the most series, the largest first. */
  readonly largest: readonly InstrumentCardinality[];
}

interface InstrumentCardinality {
  readonly name: string;
  /** Name of the scope that the instrument belongs to. */
  readonly scope: string;
  readonly kind: InstrumentKind;
  /** In all threads together. */
  readonly series: number;
  /** The limit on its series in one thread. */
  readonly limit: number;
  /** Whether `otel.metric.overflow=true` counts some of its recordings. */
  readonly isOverflowing: boolean;
  /** The attributes with the most values, the most varied first. */
  readonly attributes: readonly AttributeCardinality[];
}

interface AttributeCardinality {
  readonly name: string;
  /** Distinct values, of those that were counted. */
  readonly values: number;
  /** Whether there may be more: counting ends at {@link CardinalityOptions.values}. */
  readonly hasMore: boolean;
  /** Some of the values as texts, shortened where they are long. */
  readonly examples: readonly string[];
}

export interface CardinalityOptions {
  /** The most instruments, attributes of each instrument, and values of each attribute in the report. */
  readonly instruments?: number;
  readonly attributes?: number;
  readonly examples?: number;
  /** The most distinct values of one attribute that are counted. */
  readonly values?: number;
}

/** Series that are read in one piece of work. */
const PIECE = 500;
const MAX_EXAMPLE_CHARACTERS = 60;

/** One instrument in all threads that have it. */
interface Gathered {
  readonly description: InstrumentDescription;
  /** One for each thread. */
  readonly parts: ReadonlyMap<number, RegisteredSeries>[];
  series: number;
}

/**
 * Finds the largest instruments, piece by piece. Series that come meanwhile may be missing.
 *
 * @param registries one for each thread of the process
 */
export function* cardinality(
  registries: Iterable<SeriesRegistry>,
  options: CardinalityOptions = {},
): Generator<undefined, Cardinality> {
  const { instruments = 20, attributes = 10, examples = 5, values = 100_000 } = options;
  const gathered = gather(registries);
  const largest: InstrumentCardinality[] = [];
  for (const one of gathered.toSorted((a, b) => b.series - a.series).slice(0, instruments)) {
    largest.push(yield* cardinalityOf(one, { attributes, examples, values }));
  }
  const series = gathered.reduce((sum, one) => sum + one.series, 0);
  return { instruments: gathered.length, series, largest };
}

/** Whether it counts everything beyond the limit. */
function isOverflow({ attributes }: RegisteredSeries): boolean {
  return attributes[OVERFLOW_ATTRIBUTE] === true;
}

function gather(registries: Iterable<SeriesRegistry>): Gathered[] {
  const gathered = new Map<string, Gathered>();
  for (const { instruments } of registries) {
    for (const { description, series } of instruments.values()) {
      const { scope, name, kind, unit } = description;
      const key = JSON.stringify([scope.name, scope.version, scope.schemaUrl, name, kind, unit]);
      const known = gathered.get(key);
      if (known === undefined) gathered.set(key, { description, parts: [series], series: series.size });
      else {
        known.parts.push(series);
        known.series += series.size;
      }
    }
  }
  return [...gathered.values()];
}

function* cardinalityOf(
  { description, parts, series }: Gathered,
  { attributes, examples, values: most }: Required<Omit<CardinalityOptions, 'instruments'>>,
): Generator<undefined, InstrumentCardinality> {
  const values = new Map<string, Set<AttributeValue>>();
  let isOverflowing = false;
  let read = 0;
  for (const part of parts) {
    // Without this bound, series that come faster than they are read would keep the work going.
    let left = part.size;
    for (const one of part.values()) {
      if (left-- === 0) break;
      if (isOverflow(one)) isOverflowing = true;
      else addValues(values, one, most);
      if (++read % PIECE === 0) yield;
    }
  }
  return {
    name: description.name,
    scope: description.scope.name,
    kind: description.kind,
    series,
    limit: description.seriesLimit,
    isOverflowing,
    attributes: [...values]
      .toSorted(([, a], [, b]) => b.size - a.size)
      .slice(0, attributes)
      .map(([name, distinct]) => ({
        name,
        values: distinct.size,
        hasMore: distinct.size === most,
        examples: firstOf(distinct, examples).map(exampleOf),
      })),
  };
}

function addValues(
  values: Map<string, Set<AttributeValue>>,
  { attributes }: RegisteredSeries,
  most: number,
): void {
  for (const [name, value] of Object.entries(attributes)) {
    const identity = typeof value === 'object' ? attributeText(value) : value;
    const known = values.get(name);
    if (known === undefined) values.set(name, new Set([identity]));
    else if (known.size < most) known.add(identity);
  }
}

function firstOf<Value>(values: Iterable<Value>, count: number): Value[] {
  const first: Value[] = [];
  for (const value of values) {
    if (first.length === count) break;
    first.push(value);
  }
  return first;
}

function exampleOf(value: AttributeValue): string {
  const text = attributeText(value);
  return text.length > MAX_EXAMPLE_CHARACTERS
    ? `${text.slice(0, MAX_EXAMPLE_CHARACTERS).toWellFormed()}…`
    : text;
}

/** For people: one paragraph for each instrument, one line for each attribute. */
export function cardinalityText({ instruments, series, largest }: Cardinality): string {
  const rest = largest.length < instruments ? `, and only ${largest.length} are shown` : '';
  const head = `Instruments: ${instruments}; series: ${series}. The largest come first${rest}.`;
  return `${[head, ...largest.map(paragraphOf)].join('\n\n')}\n`;
}

/** For scripts: {@link Cardinality}. */
export function cardinalityJson(cardinality: Cardinality): string {
  return `${JSON.stringify(cardinality, null, 2)}\n`;
}

function paragraphOf(instrument: InstrumentCardinality): string {
  const { name, scope, kind, series, limit, isOverflowing, attributes } = instrument;
  const state = isOverflowing ? '; OVERFLOWING into otel.metric.overflow=true' : '';
  const head = `${oneLine(name)} (${kind} of ${oneLine(scope)}): ${series} series, limit ${limit}${state}`;
  return [head, ...attributes.map(lineOf)].join('\n');
}

function lineOf({ name, values, hasMore, examples }: AttributeCardinality): string {
  const count = `${values}${hasMore ? ' or more' : ''}`;
  const more = examples.length < values ? ', …' : '';
  const shown = examples.map((example) => JSON.stringify(example)).join(', ');
  return `  ${oneLine(name)}: ${count} ${values === 1 ? 'value' : 'values'} (${shown}${more})`;
}

/** A name in quotes where it could be mistaken for the text around it. */
function oneLine(name: string): string {
  return /^[\w./-]+$/.test(name) ? name : JSON.stringify(name);
}
