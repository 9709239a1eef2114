/**
 * A strict reader of the Prometheus text format 0.0.4, written apart from pitot's own encoder so that the
 * two can disagree. It throws on whatever a scraper may refuse or misread, naming the line, and on blanks
 * inside braces, which the format allows and no writer needs.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
import { checkHistogram, checkSummary } from './exposition-shapes.ts';
import { type Labels, type Sample, sampleValue, seriesKey } from './samples.ts';

const FAMILY_TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'] as const;
type FamilyType = (typeof FAMILY_TYPES)[number];

export interface Family {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string | undefined;
  readonly samples: readonly Sample[];
}

export interface Exposition {
  readonly families: ReadonlyMap<string, Family>;
  /** The samples of all families, in their order. */
  readonly samples: readonly Sample[];
}

interface OpenFamily {
  name: string;
  type: FamilyType | undefined;
  help: string | undefined;
  samples: Sample[];
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const LABEL_VALUE = /^"((?:[^"\\\n]|\\[\\"n])*)"/;
const HELP_TEXT = /^(?:[^\\]|\\[\\n])*$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

export function parseExposition(text: string): Exposition {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end with a line feed');
  const families = new Map<string, OpenFamily>();
  const series = new Set<string>();
  let current: OpenFamily | undefined;

  const open = (name: string): OpenFamily => {
    if (current?.name === name) return current;
    if (families.has(name)) throw new Error(`the lines of ${name} are not one group`);
    current = { name, type: undefined, help: undefined, samples: [] };
    families.set(name, current);
    return current;
  };

  const readComment = (line: string): void => {
    const [, keyword, name = '', rest] = /^#[ \t]+(HELP|TYPE)[ \t]+(\S+)(?:[ \t](.*))?$/.exec(line) ?? [];
    if (keyword === undefined) {
      if (/^#[ \t]*(HELP|TYPE)\b/.test(line)) throw new Error('not a HELP or TYPE line');
      return;
    }
    if (METRIC_NAME.exec(name)?.[0] !== name) throw new Error(`${name} is no metric name`);
    const family = open(name);
    if (family.samples.length > 0) throw new Error(`${keyword} after the first sample of ${name}`);
    if (keyword === 'HELP') {
      if (family.help !== undefined) throw new Error(`a second HELP of ${name}`);
      if (!HELP_TEXT.test(rest ?? '')) throw new Error('a backslash that escapes nothing');
      family.help = unescaped(rest ?? '');
    } else {
      if (family.type !== undefined) throw new Error(`a second TYPE of ${name}`);
      family.type = FAMILY_TYPES.find((type) => type === rest);
      if (family.type === undefined) throw new Error(`${rest} is no type`);
    }
  };

  const readSample = (line: string): void => {
    const sample = parseSample(line);
    const belongs =
      current !== undefined &&
      (SUFFIXES[current.type ?? ''] ?? ['']).some((suffix) => `${current?.name}${suffix}` === sample.name);
    const family = belongs && current !== undefined ? current : open(sample.name);
    if (family.type === 'histogram' && !belongs)
      throw new Error(`${sample.name} is a histogram without a suffix`);
    const key = seriesKey(sample.name, sample.labels);
    if (series.has(key)) throw new Error(`the series is there twice: ${key}`);
    series.add(key);
    family.samples.push(sample);
  };

  for (const [index, line] of text.split('\n').entries()) {
    try {
      if (line.startsWith('#')) readComment(line);
      else if (line !== '') readSample(line);
    } catch (error) {
      throw new Error(`line ${index + 1}, ${JSON.stringify(line)}: ${messageOf(error)}`);
    }
  }

  const closed = new Map<string, Family>();
  for (const family of families.values()) {
    const { name, type = 'untyped', samples } = family;
    if (type === 'histogram') checkHistogram(name, samples);
    if (type === 'summary') checkSummary(name, samples);
    closed.set(name, { ...family, type });
  }
  return { families: closed, samples: [...closed.values()].flatMap(({ samples }) => samples) };
}

function parseSample(line: string): Sample {
  const name = METRIC_NAME.exec(line)?.[0];
  if (name === undefined) throw new Error('it does not begin with a metric name');
  const { labels, rest } = parseLabels(line.slice(name.length));
  const [, number, timestamp] = /^[ \t]+(\S+)(?:[ \t]+(\S+))?$/.exec(rest) ?? [];
  if (number === undefined) throw new Error('no value after the series');
  if (timestamp !== undefined && !/^-?\d+$/.test(timestamp)) throw new Error(`${timestamp} is no timestamp`);
  return { name, labels, value: sampleValue(number) };
}

function parseLabels(text: string): { labels: Labels; rest: string } {
  if (!text.startsWith('{')) return { labels: {}, rest: text };
  const labels = new Map<string, string>();
  let rest = text.slice(1);
  while (!rest.startsWith('}')) {
    const name = LABEL_NAME.exec(rest)?.[0];
    if (name === undefined || rest[name.length] !== '=')
      throw new Error(`no label at ${JSON.stringify(rest)}`);
    const quoted = LABEL_VALUE.exec(rest.slice(name.length + 1));
    if (quoted === null) throw new Error(`the value of the label ${name} is not quoted or not escaped`);
    if (labels.has(name)) throw new Error(`the label ${name} is there twice`);
    labels.set(name, unescaped(quoted[1] ?? ''));
    rest = rest.slice(name.length + 1 + quoted[0].length);
    if (rest.startsWith(',')) rest = rest.slice(1);
    else if (!rest.startsWith('}')) throw new Error('neither a comma nor a brace after a label');
  }
  return { labels: Object.fromEntries(labels), rest: rest.slice(1) };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
