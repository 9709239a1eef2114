import type { InstrumentKind } from '../model/protocol.ts';

/*
 * OpenTelemetry names as Prometheus names: "Metric Metadata" and "Metric Attributes" in the
 * OpenTelemetry specification's compatibility/prometheus_and_openmetrics.md.
 *
 * A series has the same name whether Prometheus scrapes it here or gets it through a Collector. Where the
 * specification leaves room, pitot therefore follows prometheus/otlptranslator, which the Collector, Prometheus' own
 * OTLP receiver and the Go SDK share: a unit that occurs anywhere in the name is not added again, `total` and `ratio`
 * move to the end, a label that begins with a digit gets `key_`. Where the two disagree, pitot follows the
 * specification; tests name each such case.
 */

/** UCUM unit → Prometheus unit. `KBy` is not UCUM, but instrumentations write it. */
const UNITS: ReadonlyMap<string, string> = new Map([
  ['1', ''],
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tebibytes'],
  ['kBy', 'kilobytes'],
  ['KBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['%', 'percent'],
]);

/** The unit after the stroke of a rate, in the singular. */
const RATE_UNITS: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['min', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
]);

/** The kinds of metrics between which names differ. */
export type MetricKind = 'counter' | 'upDownCounter' | 'gauge' | 'histogram';

/** The kind of the metric that an instrument records. */
export const METRIC_KINDS: Readonly<Record<InstrumentKind, MetricKind>> = {
  counter: 'counter',
  observableCounter: 'counter',
  upDownCounter: 'upDownCounter',
  observableUpDownCounter: 'upDownCounter',
  gauge: 'gauge',
  observableGauge: 'gauge',
  histogram: 'histogram',
};

/** The family's name with its unit and type suffix, or undefined if translation leaves nothing of it (`"日本"`). */
export function familyName(name: string, unit: string, kind: MetricKind): string | undefined {
  const suffix = typeSuffix(unit, kind);
  const words = wordsOf(name).filter((word) => word !== suffix);
  words.push(...missingUnit(words, unit));
  if (suffix !== undefined) words.push(suffix);
  return plainName(words);
}

/** As `familyName`, without suffixes. */
export function plainFamilyName(name: string): string | undefined {
  return plainName(wordsOf(name));
}

/**
 * As `familyName`, but keeps all characters. It adds no suffix that the name ends with already, after a character other
 * than a letter or digit.
 */
export function suffixedName(name: string, unit: string, kind: MetricKind): string {
  const { main, per } = unitWords(unit);
  const type = typeSuffix(unit, kind) ?? '';
  let stem = withoutSuffix(withoutSuffix(name, type), per);
  if (main !== '' && withoutSuffix(stem, main) === stem && stem !== main) stem += `_${main}`;
  return [stem, per, type].filter((part) => part !== '').join('_');
}

function typeSuffix(unit: string, kind: MetricKind): string | undefined {
  if (kind === 'counter') return 'total';
  return kind === 'gauge' && unit === '1' ? 'ratio' : undefined;
}

function wordsOf(name: string): string[] {
  return name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
}

function plainName(words: readonly string[]): string | undefined {
  const joined = words.join('_').replace(/__+/g, '_');
  if (joined === '') return undefined;
  return /^[0-9]/.test(joined) ? `_${joined}` : joined;
}

/** The name without the suffix and the character before it. */
function withoutSuffix(name: string, suffix: string): string {
  const end = name.length - suffix.length - 1;
  const isThere =
    suffix !== '' && end > 0 && name.endsWith(suffix) && /[^\p{L}\p{N}]/u.test(name.charAt(end));
  return isThere ? name.slice(0, end) : name;
}

/** The unit in Prometheus' words, `seconds` or `bytes_per_second`, or '' for none. */
export function unitName(unit: string): string {
  const { main, per } = unitWords(unit);
  return [main, per].filter((word) => word !== '').join('_');
}

/** An attribute's key as a label name, never empty, and never one that is reserved (`__name__`). */
export function labelName(key: string): string {
  const name = key.replace(/[^a-zA-Z0-9]+/g, '_');
  if (name === '') return '_';
  return /^[0-9]/.test(name) ? `key_${name}` : name;
}

function missingUnit(words: readonly string[], unit: string): string[] {
  const { main, per } = unitWords(unit);
  const whole = unitName(unit);
  if (whole === '' || `_${words.join('_')}`.endsWith(`_${whole}`)) return [];
  return [main, per].filter((word) => word !== '' && !words.includes(word));
}

/** Portions in braces are annotations and are dropped; `m/s` is `meters` and `per_second`. */
function unitWords(unit: string): { main: string; per: string } {
  const plain = unit.replace(/\{[^}]*\}?/g, '');
  const stroke = plain.indexOf('/');
  const before = (stroke < 0 ? plain : plain.slice(0, stroke)).trim();
  const after = stroke < 0 ? '' : plain.slice(stroke + 1).trim();
  const main = cleanUnit(UNITS.get(before) ?? before);
  const per = cleanUnit(RATE_UNITS.get(after) ?? after).replace(/_$/, '');
  return { main, per: per === '' ? '' : `per_${per}` };
}

function cleanUnit(unit: string): string {
  return unit.replace(/[^a-zA-Z0-9:]+/g, '_').replace(/^_/, '');
}
