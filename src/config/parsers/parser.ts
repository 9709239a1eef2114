/**
 * Parsers of settings. A parser turns the text of a variable or the value of an option into a value of its type, as the
 * OpenTelemetry specification says (configuration/common.md and configuration/sdk-environment-variables.md).
 */

/** Where a value was given, and what its meaning may depend on. */
interface Context {
  readonly source: 'option' | 'environment';
  /** The environment variable's name; undefined for an option. */
  readonly variable: string | undefined;
  /** Values of the settings that stand above this one in the table. */
  readonly above: Readonly<Record<string, unknown>>;
}

/**
 * A value, and whether everything that was given went into it; undefined when nothing that was given can
 * be used. An incomplete value is used and reported.
 */
export type Parsed<T> =
  | {
      readonly value: T;
      readonly complete: boolean;
      /** For the fault text of an incomplete value, in place of {@link Parser.expected}: what exactly is wrong. */
      readonly expected?: string;
    }
  | undefined;

export interface Parser<T> {
  /** For the reference: what one writes. */
  readonly type: string;
  /** TypeScript's name of `T`, for the options of `boot()`. */
  readonly typescript: string;
  /** For fault texts: completes "must be …". */
  readonly expected: string;
  /** From the environment `given` is a trimmed string that is not empty; from an option, anything but undefined. */
  parse(given: unknown, context: Context): Parsed<T>;
  show(value: T): string;
  /** Present where all that was given counts together; `over` wins where both speak. */
  merge?(over: T, under: T): T;
  /** Whether this text may hold a secret although the setting as a whole is none. */
  holdsSecret?(given: string): boolean;
}

/** The longest wait a Node timer can have, and the upper end of the specification's integers: 2^31 - 1. */
export const MAX_INTEGER = 2147483647;

function complete<T>(value: T): Parsed<T> {
  return { value, complete: true };
}

/** A string without the white space around it, or undefined when none of it is left. */
export function textOf(given: unknown): string | undefined {
  const text = typeof given === 'string' ? given.trim() : '';
  return text === '' ? undefined : text;
}

export function text(type = 'text'): Parser<string> {
  return {
    type,
    typescript: 'string',
    expected: 'a string that is not empty',
    parse(given) {
      const value = textOf(given);
      return value === undefined ? undefined : complete(value);
    },
    show: (value) => value,
  };
}

export function integer(least: number, most: number): Parser<number> {
  return {
    type: `integer, ${least} to ${most}`,
    typescript: 'number',
    expected: `an integer from ${least} to ${most}`,
    parse(given, { source }) {
      const written = typeof given === 'string' && /^[+-]?\d+$/.test(given);
      const value = source === 'environment' && written ? Number(given) : given;
      if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
      return value < least || value > most ? undefined : complete(value);
    },
    show: String,
  };
}

/** A port, or the word for none. */
export function portOrNone(): Parser<number | 'none'> {
  const port = integer(0, 65535);
  return {
    type: `${port.type}, or \`none\``,
    typescript: "number | 'none'",
    expected: `${port.expected}, or none`,
    parse: (given, context) =>
      textOf(given)?.toLowerCase() === 'none' ? complete('none' as const) : port.parse(given, context),
    show: String,
  };
}

export function milliseconds(least: number): Parser<number> {
  return {
    ...integer(least, MAX_INTEGER),
    type: 'milliseconds',
    expected: `an integer of milliseconds from ${least} to ${MAX_INTEGER}`,
  };
}

/** The specification's Boolean: only `true`, in any case, is true; anything else is false. */
export function flag(): Parser<boolean> {
  return {
    type: 'true or false',
    typescript: 'boolean',
    expected: 'true or false',
    parse(given, { source }) {
      if (source === 'option') return typeof given === 'boolean' ? complete(given) : undefined;
      const word = String(given).toLowerCase();
      return { value: word === 'true', complete: word === 'true' || word === 'false' };
    },
    show: String,
  };
}

function unionOf(values: readonly string[]): string {
  return values.map((value) => `'${value}'`).join(' | ');
}

function choose<T extends string>(values: readonly T[], given: unknown): T | undefined {
  const word = textOf(given)?.toLowerCase();
  return values.find((value) => value.toLowerCase() === word);
}

/** One of these values, written in any case (the specification's Enum). */
export function choice<const T extends string>(values: readonly T[]): Parser<T> {
  return {
    type: `one of ${values.map((value) => `\`${value}\``).join(', ')}`,
    typescript: unionOf(values),
    expected: `one of ${values.join(', ')}`,
    parse(given) {
      const value = choose(values, given);
      return value === undefined ? undefined : complete(value);
    },
    show: (value) => value,
  };
}

function entriesOf(given: unknown, { source }: Context): readonly unknown[] | undefined {
  if (source === 'option') return Array.isArray(given) ? given : undefined;
  return String(given)
    .split(',')
    .filter((entry) => entry.trim() !== '');
}

function showList(values: readonly string[]): string {
  return values.length === 0 ? 'none' : values.join(', ');
}

/** Some of these values, each at most once. Values that are none of them are left out and reported. */
export function choices<const T extends string>(values: readonly T[]): Parser<readonly T[]> {
  return {
    type: `list of ${values.map((value) => `\`${value}\``).join(', ')}`,
    typescript: `readonly (${unionOf(values)})[]`,
    expected: `a list of ${values.join(', ')}`,
    parse(given, context) {
      const entries = entriesOf(given, context);
      if (entries === undefined) return undefined;
      const chosen = entries.map((entry) => choose(values, entry));
      const known = chosen.filter((entry) => entry !== undefined);
      if (known.length === 0 && (entries.length > 0 || context.source === 'environment')) return undefined;
      return { value: [...new Set(known)], complete: known.length === entries.length };
    },
    show: showList,
  };
}

/**
 * As `choices`, with `none` for an empty list in a variable. In a variable of OpenTelemetry, which other software
 * reads too, unknown names are legal and left out without a fault.
 */
export function namesAmong<const T extends string>(values: readonly T[]): Parser<readonly T[]> {
  const strict = choices(values);
  return {
    ...strict,
    parse(given, context) {
      if (context.source === 'option') return strict.parse(given, context);
      if (given === 'none') return complete([]);
      const parsed = strict.parse(given, context);
      return context.variable?.startsWith('OTEL_') ? complete(parsed?.value ?? []) : parsed;
    },
  };
}
