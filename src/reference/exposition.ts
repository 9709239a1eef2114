import { reasonOf } from '../base/reason.ts';
/** A family of the Prometheus text format 0.0.4, limited to the properties that a contract declares. */
export interface LiveFamily {
  readonly name: string;
  readonly type: LiveType;
  /** Labels of each of its samples, including a histogram's `le` and a summary's `quantile`. */
  readonly labels: readonly Labels[];
}

type Labels = ReadonlyMap<string, string>;

const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'] as const;
type LiveType = (typeof TYPES)[number];

/** The suffixes of a family's samples. */
const SUFFIXES: Readonly<Record<LiveType, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
  untyped: [''],
};

const METRIC_NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const TYPE_LINE = new RegExp(`^# TYPE (${METRIC_NAME}) (\\w+)$`);
const OTHER_COMMENT = new RegExp(`^#(?!\\s*TYPE\\b)(?!\\s*HELP\\b(?! ${METRIC_NAME}(?: |$)))`);
const SAMPLE = new RegExp(`^(${METRIC_NAME})(?:\\{(.*)\\})? (\\S+)(?: -?\\d+)?$`, 's');
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/y;
const NUMBER = /^(?:NaN|[+-]?Inf|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/;

/**
 * Reads the text format 0.0.4. Throws an error that names the line on anything outside of the format, and on the
 * free use of blanks that the format would allow. It does not check properties of several lines together
 * (ascending buckets, duplicate series).
 */
export function parseExposition(text: string): LiveFamily[] {
  const families = new Map<string, LiveFamily & { readonly labels: Labels[] }>();
  let current: (LiveFamily & { readonly labels: Labels[] }) | undefined;
  const open = (name: string, type: LiveType) => {
    if (families.has(name)) throw new Error(`the lines of ${name} are not one group`);
    current = { name, type, labels: [] };
    families.set(name, current);
    return current;
  };
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end: the answer is cut off');
  for (const [index, line] of text.split('\n').entries()) {
    try {
      if (line === '' || OTHER_COMMENT.test(line)) continue;
      const [, typed, word] = TYPE_LINE.exec(line) ?? [];
      if (typed !== undefined) {
        open(typed, typeOf(word));
        continue;
      }
      const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
      if (!NUMBER.test(value)) throw new Error('neither a comment nor a sample');
      const family = current !== undefined && belongs(name, current) ? current : open(name, 'untyped');
      family.labels.push(labelsOf(labels));
    } catch (error) {
      const reason = reasonOf(error);
      throw new Error(`line ${index + 1}: ${reason}: ${line.slice(0, 120)}`);
    }
  }
  return [...families.values()];
}

function typeOf(word: string | undefined): LiveType {
  const type = TYPES.find((known) => known === word);
  if (type === undefined) throw new Error(`${word} is no type`);
  return type;
}

function belongs(name: string, { name: family, type }: LiveFamily): boolean {
  return SUFFIXES[type].some((suffix) => `${family}${suffix}` === name);
}

function labelsOf(text: string): Labels {
  const labels = new Map<string, string>();
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const [, name, value] = LABEL.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new Error('labels that cannot be read');
    if (labels.has(name)) throw new Error(`the label ${name} is there twice`);
    labels.set(
      name,
      value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    );
  }
  return labels;
}
