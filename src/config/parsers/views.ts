import { areAscending } from '../../model/boundaries.ts';
import type { InstrumentKind } from '../../model/protocol.ts';
import type { View } from '../../model/view.ts';
import type { Parser } from './parser.ts';

/** The fault of a value; `undefined` for a good one. */
type Check = (value: unknown) => string | undefined;

const INSTRUMENT_KINDS: readonly InstrumentKind[] = [
  'counter',
  'upDownCounter',
  'histogram',
  'gauge',
  'observableCounter',
  'observableUpDownCounter',
  'observableGauge',
];

const AGGREGATIONS = ['default', 'drop', 'sum', 'lastValue', 'exponential', 'explicit'];
const HISTOGRAMS: readonly unknown[] = ['exponential', 'explicit'];
const WITH_EXEMPLARS: readonly InstrumentKind[] = ['counter', 'histogram'];

const text = checkOf('must be a text', (value) => typeof value === 'string');
const patterns = checkOf(
  'must be a list of patterns',
  (value) => Array.isArray(value) && value.every((pattern) => typeof pattern === 'string'),
);
const boundaries = checkOf(
  'must be finite numbers in ascending order',
  (value) => Array.isArray(value) && value.every(Number.isFinite) && areAscending(value),
);

const MAX_EXEMPLARS = 100;
const reservoirSize = checkOf(
  `must be an integer from 1 to ${MAX_EXEMPLARS}`,
  (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_EXEMPLARS,
);
const reservoirBoundaries = checkOf(
  `must be at most ${MAX_EXEMPLARS - 1} finite numbers in ascending order`,
  (value) => boundaries(value) === undefined && Array.isArray(value) && value.length < MAX_EXEMPLARS,
);

/** `none`, or an object with one of the two. */
function exemplarReservoir(value: unknown): string | undefined {
  if (value === 'none') return undefined;
  const isFixed = typeof value === 'object' && value !== null && 'size' in value;
  const fault = isFixed
    ? objectOf({ size: reservoirSize }, ['size'])(value)
    : objectOf({ boundaries: reservoirBoundaries }, ['boundaries'])(value);
  return fault === ' must be an object' ? ` must be 'none', { size } or { boundaries }` : fault;
}

const CHECK = objectOf(
  {
    selector: objectOf({
      instrumentName: text,
      instrumentType: oneOf(INSTRUMENT_KINDS),
      unit: text,
      meterName: text,
      meterVersion: text,
      meterSchemaUrl: text,
    }),
    name: text,
    description: text,
    aggregation(value) {
      if (typeof value !== 'object') return oneOf(AGGREGATIONS)(value);
      return objectOf({ boundaries }, ['boundaries'])(value);
    },
    seriesLimit: checkOf(
      'must be an integer from 1',
      (value) => Number.isInteger(value) && Number(value) >= 1,
    ),
    attributes: objectOf({ included: patterns, excluded: patterns }),
    exemplarReservoir,
  },
  ['selector'],
);

/** Views, as options only: an environment variable has no room for their selectors and streams. */
export function views(): Parser<readonly View[]> {
  const expected =
    'a list of views, each { selector, name?, description?, aggregation?, seriesLimit?, attributes?, exemplarReservoir? }';
  return {
    type: 'list of `{ selector, name, description, aggregation, seriesLimit, attributes, exemplarReservoir }`',
    typescript: 'readonly View[]',
    expected,
    parse(given) {
      if (!Array.isArray(given)) return undefined;
      const good: View[] = [];
      const wrong: string[] = [];
      for (const [index, view] of given.entries()) {
        const fault = faultOf(view);
        if (fault === undefined) good.push(view);
        else wrong.push(`views[${index}]${fault}`);
      }
      if (wrong.length === 0) return { value: structuredClone(good), complete: true };
      return { value: structuredClone(good), complete: false, expected: `${expected}: ${wrong.join('; ')}` };
    },
    show: (given) => (given.length === 0 ? 'none' : `${given.length} of them`),
    merge: (over, under) => [...over, ...under],
  };
}

function faultOf(view: View): string | undefined {
  return CHECK(view) ?? contradictionIn(view);
}

/** OpenTelemetry metrics SDK specification, "Instrument selection criteria" and "Stream configuration". */
function contradictionIn({
  selector,
  name,
  aggregation,
  exemplarReservoir = 'none',
}: View): string | undefined {
  const { instrumentName = '*', instrumentType } = selector;
  if (name !== undefined && /[*?]/.test(instrumentName)) {
    return '.name would give several instruments one name: its selector needs an instrumentName without wildcards';
  }
  const isHistogram = typeof aggregation === 'object' || HISTOGRAMS.includes(aggregation);
  if (isHistogram && instrumentType?.startsWith('observable')) {
    return `.aggregation is a histogram, which the callbacks of an ${instrumentType} cannot fill`;
  }
  const isWithout = instrumentType !== undefined && !isHistogram && !WITH_EXEMPLARS.includes(instrumentType);
  if (exemplarReservoir !== 'none' && isWithout) {
    return `.exemplarReservoir is for counters and histograms; ${instrumentType} metrics have no exemplars`;
  }
  return undefined;
}

function checkOf(fault: string, isGood: (value: unknown) => boolean): Check {
  return (value) => (isGood(value) ? undefined : ` ${fault}`);
}

function oneOf(values: readonly string[]): Check {
  return checkOf(`must be one of ${values.join(', ')}`, (value) => values.some((one) => one === value));
}

/** An object of nothing but these properties, each as it must be where it is given. */
function objectOf(checks: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (given) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return ' must be an object';
    const values = new Map<string, unknown>(Object.entries(given));
    for (const name of required) if (values.get(name) === undefined) return `.${name} is missing`;
    for (const [name, value] of values) {
      if (!Object.hasOwn(checks, name))
        return `.${name} is not known; known are ${Object.keys(checks).join(', ')}`;
      const fault = value === undefined ? undefined : checks[name]?.(value);
      if (fault !== undefined) return `.${name}${fault}`;
    }
    return undefined;
  };
}
