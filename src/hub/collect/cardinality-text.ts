import type { AttributeCardinality, Cardinality, InstrumentCardinality } from './cardinality.ts';

/** For people: an instrument a paragraph, an attribute a line. */
export function cardinalityText({ instruments, series, largest }: Cardinality): string {
  const rest = largest.length < instruments ? `, and only ${largest.length} are shown` : '';
  const head = `Instruments: ${instruments}; series: ${series}. The largest come first${rest}.`;
  return `${[head, ...largest.map(paragraphOf)].join('\n\n')}\n`;
}

/** For scripts: {@link Cardinality} as it is. */
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

/** A name as it is, unless something in it could be taken for the text around it. */
function oneLine(name: string): string {
  return /^[\w./-]+$/.test(name) ? name : JSON.stringify(name);
}
