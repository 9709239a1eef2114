import { ValueType } from '@opentelemetry/api';
import { reasonOf, shown } from '../../base/reason.ts';
import { warnAtCaller } from '../../base/safely.ts';
import { type Advice, adviceOf } from '../../model/advice.ts';
import { DEFAULT_BOUNDARIES } from '../../model/boundaries.ts';
import type { InstrumentKind, ScopeDescription } from '../../model/protocol.ts';
import type { InstrumentOptions } from './instrument-options.ts';

/** OpenTelemetry metrics API specification, "Instrument name syntax". */
const VALID_NAME = /^[a-z][a-z0-9_.\-/]{0,254}$/i;

const NO_ADVICE: Advice = { boundaries: undefined, isExponential: false, attributes: undefined, limits: {} };

type Identity = Pick<InstrumentOptions, 'name' | 'scope' | 'kind' | 'unit' | 'valueType'>;

/**
 * An instrument as its creator asked for it. JavaScript callers pass anything, getters that throw among it: what
 * cannot be read or used has no effect but a warning.
 */
export function describeInstrument(
  given: { readonly name: unknown; readonly kind: InstrumentKind; readonly options: unknown },
  scope: ScopeDescription,
): InstrumentOptions {
  const { kind } = given;
  const name = typeof given.name === 'string' ? given.name : shown(given.name);
  if (!VALID_NAME.test(name)) {
    warnAtCaller(
      `'${name}' is no valid instrument name: a letter, then up to 254 letters, digits, '_', '.', '-' or '/'. It is ` +
        'used as it is, and changed where a format allows less.',
    );
  }
  const { unit, description, valueType, advice } = optionsOf(name, given.options);
  const isHistogram = kind === 'histogram';
  const { attributes } = advice;
  return {
    scope,
    name,
    kind,
    unit,
    description,
    valueType,
    boundaries: isHistogram ? (advice.boundaries ?? DEFAULT_BOUNDARIES) : undefined,
    isExponential: isHistogram && advice.isExponential,
    advice: advice.limits,
    ...(attributes === undefined ? {} : { keeps: (attribute) => attributes.includes(attribute) }),
  };
}

function optionsOf(name: string, given: unknown) {
  try {
    const { unit, description, valueType, advice } = isObject(given) ? given : {};
    return {
      unit: textOr(unit, ''),
      description: textOr(description, ''),
      valueType: valueType === ValueType.INT ? ValueType.INT : ValueType.DOUBLE,
      advice: adviceOf(name, advice),
    };
  } catch (error) {
    warnAtCaller(
      `instrument '${name}' was created with options that cannot be read (${reasonOf(error)}); it has none. Pass a ` +
        'plain object.',
    );
    return { unit: '', description: '', valueType: ValueType.DOUBLE, advice: NO_ADVICE };
  }
}

/** Whether two instruments, or two streams, of one name are the same one. */
export function isSame(a: Identity, b: Identity): boolean {
  return a.kind === b.kind && a.unit === b.unit && a.valueType === b.valueType;
}

/** OpenTelemetry metrics SDK specification, "Duplicate instrument registration". */
export function warnOfConflict(existing: Identity, asked: Identity): void {
  warnAtCaller(
    `two instruments of one name in scope '${asked.scope.name}': ${summary(existing)} and then ${summary(asked)}. ` +
      'Both record, but a reader cannot tell them apart; give one of them another name.',
  );
}

/**
 * Warns of buckets that a later creator of a histogram advises and does not get.
 * (OpenTelemetry metrics API specification, "Instrument advisory parameters": the first-seen ones are used)
 */
export function warnOfOtherBuckets(existing: InstrumentOptions, asked: InstrumentOptions): boolean {
  const isAdvised = asked.isExponential || asked.boundaries !== DEFAULT_BOUNDARIES;
  if (!isAdvised || bucketsOf(existing) === bucketsOf(asked)) return false;
  warnAtCaller(
    `histogram '${asked.name}' was created with ${bucketsOf(existing)} and then with ${bucketsOf(asked)}; it keeps ` +
      'the first. Create it in one place, or choose its buckets by a view.',
  );
  return true;
}

function bucketsOf({ isExponential, boundaries = [] }: InstrumentOptions): string {
  return isExponential ? 'exponential buckets' : `the boundaries [${boundaries.join(', ')}]`;
}

function summary({ name, kind, unit, valueType }: Identity): string {
  return `'${name}' (${kind}, unit '${unit}', ${valueType === ValueType.INT ? 'INT' : 'DOUBLE'})`;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
