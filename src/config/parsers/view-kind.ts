import { areAscending } from '../../model/boundaries.ts';
import type { InstrumentKind } from '../../model/protocol.ts';
import type { View } from '../../model/view.ts';
import type { Kind } from './kinds.ts';

type Check = (value: unknown) => boolean;

const INSTRUMENT_KINDS: readonly InstrumentKind[] = [
  'counter',
  'upDownCounter',
  'histogram',
  'gauge',
  'observableCounter',
  'observableUpDownCounter',
  'observableGauge',
];

const AGGREGATIONS: readonly unknown[] = ['default', 'drop', 'exponential', 'explicit'];

const isText: Check = (value) => typeof value === 'string';
const isBoundaries: Check = (value) =>
  Array.isArray(value) && value.every(Number.isFinite) && areAscending(value);
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);

const isView = shape(
  {
    selector: shape({
      instrumentName: isText,
      instrumentType: (value) => INSTRUMENT_KINDS.some((kind) => kind === value),
      unit: isText,
      meterName: isText,
      meterVersion: isText,
      meterSchemaUrl: isText,
    }),
    name: isText,
    description: isText,
    aggregation: (value) => AGGREGATIONS.includes(value) || shape({ boundaries: isBoundaries })(value),
    seriesLimit: (value) => Number.isInteger(value) && Number(value) >= 1,
    attributes: shape({ included: isTexts, excluded: isTexts }),
  },
  ['selector'],
);

/** Views, as options only: what chooses and changes instruments does not fit into a variable. */
export function views(): Kind<readonly View[]> {
  return {
    type: 'list of `{ selector, name, description, aggregation, seriesLimit, attributes }`',
    expected:
      'a list of views, each { selector, name?, description?, aggregation?, seriesLimit?, attributes? }',
    parse(given) {
      if (!Array.isArray(given)) return undefined;
      const good = given.filter((view): view is View => isView(view));
      if (good.length === 0 && given.length > 0) return undefined;
      return { value: structuredClone(good), complete: good.length === given.length };
    },
    show: (given) => (given.length === 0 ? 'none' : `${given.length} of them`),
    merge: (over, under) => [...over, ...under],
  };
}

/** An object of nothing but these properties, each as it must be where it is given. */
function shape(checks: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (given) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return false;
    return (
      required.every((name) => name in given) &&
      Object.entries(given).every(([name, value]) => value === undefined || checks[name]?.(value) === true)
    );
  };
}
