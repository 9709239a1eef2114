import { isRedaction, type Redaction, type Redactions } from '../../model/redaction.ts';
import { attributePairs } from './key-value-lists.ts';
import { MAX_INTEGER, type Parsed, type Parser, textOf } from './parser.ts';

/** Patterns of names. `names` says in the plural which they are (`names of instruments`). */
export function namePatterns(names: string): Parser<readonly string[]> {
  return {
    type: `list of ${names}, in which \`*\` stands for any text`,
    typescript: 'readonly string[]',
    expected: `a list of ${names}, in which * stands for any text`,
    parse(given, { source }) {
      const entries = source === 'option' ? given : String(given).split(',');
      if (!Array.isArray(entries)) return undefined;
      const good = entries.map(textOf).filter((name) => name !== undefined);
      const complete = source === 'environment' || good.length === entries.length;
      return good.length === 0 && !complete ? undefined : { value: [...new Set(good)], complete };
    },
    show: (given) => (given.length === 0 ? 'none' : given.join(', ')),
  };
}

type Numbers = Readonly<Record<string, number>>;

/** A number for each pattern of instruments' names. One bad entry discards all that was given in its place. */
export function numbersByPattern(what: string, least: number): Parser<Numbers> {
  return byPattern<number>({
    type: `name=${what} pairs, in which \`*\` in a name stands for any text`,
    typescript: 'Readonly<Record<string, number>>',
    expected: `percent-encoded name=${what} pairs separated by commas, each ${what} an integer from ${least} to ${MAX_INTEGER}`,
    read: (text) => (/^\d+$/.test(text) ? Number(text) : undefined),
    copy: (value) => value,
    isGood: (value): value is number =>
      Number.isInteger(value) && Number(value) >= least && Number(value) <= MAX_INTEGER,
    show: String,
  });
}

/** Redactions of attributes. Only options can give aliases, and pitot shows them nowhere: they identify people. */
export function redactions(): Parser<Redactions> {
  return byPattern<Redaction>({
    type: '`attribute=keep`, `drop`, `redact` or `hash`, also `instrument:attribute=…`; `*` stands for any text',
    typescript: 'Readonly<Record<string, Redaction>>',
    expected:
      'percent-encoded attribute=action or instrument:attribute=action pairs separated by commas, each action one of ' +
      'keep, drop, redact, hash (as an option also { alias: { … } })',
    read: (text) =>
      [...(['keep', 'drop', 'redact', 'hash'] as const)].find((one) => one === text.toLowerCase()),
    isGood: isRedaction,
    copy: (redaction) =>
      typeof redaction === 'string'
        ? redaction
        : { alias: Object.fromEntries(Object.entries(redaction.alias)) },
    show: (redaction) => (typeof redaction === 'string' ? redaction : 'alias'),
  });
}

interface ByPatternOptions<T> {
  readonly type: string;
  readonly typescript: string;
  readonly expected: string;
  /** From the environment. */
  readonly read: (text: string) => T | undefined;
  readonly isGood: (value: unknown) => value is T;
  /** The value alone, as plain data. */
  readonly copy: (value: T) => T;
  readonly show: (value: T) => string;
}

/** Values by patterns. The first match counts; patterns from a higher place come first. */
function byPattern<T>({
  type,
  typescript,
  expected,
  read,
  isGood,
  copy,
  show,
}: ByPatternOptions<T>): Parser<Readonly<Record<string, T>>> {
  const pairs = attributePairs();
  return {
    type,
    typescript,
    expected,
    parse(given, context): Parsed<Readonly<Record<string, T>>> {
      const isText = context.source === 'environment';
      const written: unknown = isText ? pairs.parse(given, context)?.value : given;
      if (typeof written !== 'object' || written === null || Array.isArray(written)) return undefined;
      const values: [string, T][] = [];
      for (const [pattern, one] of Object.entries(written)) {
        const value: unknown = isText ? read(one) : one;
        if (pattern === '' || !isGood(value)) return undefined;
        values.push([pattern, copy(value)]);
      }
      return { value: Object.fromEntries(values), complete: true };
    },
    show(values) {
      const entries = Object.entries(values);
      return entries.length === 0
        ? 'none'
        : entries.map(([pattern, value]) => `${pattern}=${show(value)}`).join(',');
    },
    merge: (over, under) => ({ ...over, ...under, ...over }),
  };
}
