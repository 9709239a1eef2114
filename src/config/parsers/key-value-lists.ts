import type { Parsed, Parser } from './parser.ts';

type Pairs = Readonly<Record<string, string>>;

type Pair = readonly [key: string, value: string];

/** An HTTP field name (RFC 9110, section 5.1). */
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;
/** The characters of an HTTP field value (RFC 9110, section 5.5). */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * `key1=value1,key2=value2` with percent-encoding, as the specification writes resource attributes
 * (resource/sdk.md) and OTLP headers (protocol/exporter.md). Empty entries are skipped. A value may hold
 * further `=` signs, as tokens do.
 *
 * @returns undefined when an entry has no key or no `=`, or cannot be decoded
 */
function pairsOfText(given: string): readonly Pair[] | undefined {
  const pairs: Pair[] = [];
  for (const entry of given.split(',')) {
    if (entry.trim() === '') continue;
    const [key = '', ...values] = entry.split('=');
    if (key.trim() === '' || values.length === 0) return undefined;
    try {
      pairs.push([decodeURIComponent(key.trim()), decodeURIComponent(values.join('=').trim())]);
    } catch {
      return undefined;
    }
  }
  return pairs;
}

function pairsOfObject(given: unknown): readonly Pair[] | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
  const pairs: Pair[] = [];
  for (const [key, value] of Object.entries(given)) {
    if (key === '' || typeof value !== 'string') return undefined;
    pairs.push([key, value]);
  }
  return pairs;
}

function show(pairs: Pairs): string {
  const entries = Object.entries(pairs);
  return entries.length === 0 ? 'none' : entries.map(([key, value]) => `${key}=${value}`).join(',');
}

/**
 * Lists from several places count together; for each key the higher source wins. One bad entry discards the whole list
 * of its place, as the specification asks for resource attributes.
 */
function keyValueList(expected: string, read: (pair: Pair) => Pair | undefined): Parser<Pairs> {
  return {
    type: 'key=value pairs',
    typescript: 'Readonly<Record<string, string>>',
    expected,
    parse(given, { source }): Parsed<Pairs> {
      const pairs = source === 'option' ? pairsOfObject(given) : pairsOfText(String(given));
      const checked = pairs?.map(read);
      if (checked === undefined || checked.includes(undefined)) return undefined;
      return { value: Object.fromEntries(checked.filter((pair) => pair !== undefined)), complete: true };
    },
    show,
    merge: (over, under) => ({ ...under, ...over }),
  };
}

export function attributePairs(): Parser<Pairs> {
  return keyValueList('percent-encoded key=value pairs separated by commas', (pair) => pair);
}

/** Header names are the same in any case and are kept in lower case. */
export function headerPairs(): Parser<Pairs> {
  return keyValueList(
    'percent-encoded name=value pairs separated by commas, of valid header names and values',
    ([name, value]) =>
      FIELD_NAME.test(name) && FIELD_VALUE.test(value) ? [name.toLowerCase(), value] : undefined,
  );
}
