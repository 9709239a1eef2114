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
  /** Distinct values. */
  readonly values: number;
  /** Some of the values as texts, shortened where they are long. */
  readonly examples: readonly string[];
}

export interface CardinalityOptions {
  /** The most instruments, attributes of each instrument, and values of each attribute in the report. */
  readonly instruments?: number;
  readonly attributes?: number;
  readonly examples?: number;
}

const MAX_EXAMPLE_CHARACTERS = 60;

/** One instrument in all threads that have it. */
interface Gathered {
  readonly description: InstrumentDescription;
  readonly series: RegisteredSeries[];
}

/** The largest instruments. @param registries one for each thread of the process */
export function cardinality(
  registries: Iterable<SeriesRegistry>,
  options: CardinalityOptions = {},
): Cardinality {
  const { instruments = 20, attributes = 10, examples = 5 } = options;
  const gathered = gather(registries);
  const largest = gathered
    .toSorted((a, b) => b.series.length - a.series.length)
    .slice(0, instruments)
    .map((one) => cardinalityOf(one, attributes, examples));
  const series = gathered.reduce((sum, one) => sum + one.series.length, 0);
  return { instruments: gathered.length, series, largest };
}

/** Whether one of an instrument's series counts everything beyond the limit. */
export function hasOverflow(series: Iterable<RegisteredSeries>): boolean {
  for (const one of series) if (isOverflow(one)) return true;
  return false;
}

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
      if (known === undefined) gathered.set(key, { description, series: [...series.values()] });
      else known.series.push(...series.values());
    }
  }
  return [...gathered.values()];
}

function cardinalityOf(
  { description, series }: Gathered,
  attributes: number,
  examples: number,
): InstrumentCardinality {
  const values = new Map<string, Set<AttributeValue>>();
  for (const one of series.filter((candidate) => !isOverflow(candidate))) {
    for (const [name, value] of Object.entries(one.attributes)) {
      const identity = typeof value === 'object' ? attributeText(value) : value;
      const known = values.get(name);
      if (known === undefined) values.set(name, new Set([identity]));
      else known.add(identity);
    }
  }
  return {
    name: description.name,
    scope: description.scope.name,
    kind: description.kind,
    series: series.length,
    limit: description.seriesLimit,
    isOverflowing: series.some(isOverflow),
    attributes: [...values]
      .toSorted(([, a], [, b]) => b.size - a.size)
      .slice(0, attributes)
      .map(([name, distinct]) => ({
        name,
        values: distinct.size,
        examples: [...distinct].slice(0, examples).map(exampleOf),
      })),
  };
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

function lineOf({ name, values, examples }: AttributeCardinality): string {
  const more = examples.length < values ? ', …' : '';
  const shown = examples.map((example) => JSON.stringify(example)).join(', ');
  return `  ${oneLine(name)}: ${values} ${values === 1 ? 'value' : 'values'} (${shown}${more})`;
}

/** A name in quotes where it could be mistaken for the text around it. */
function oneLine(name: string): string {
  return /^[\w./-]+$/.test(name) ? name : JSON.stringify(name);
}
