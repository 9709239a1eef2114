import type { Family, HistogramFamily, NumberFamily } from './families.ts';
import type { Labels } from './labels.ts';

export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Chunks are a little longer than this, in characters, the last one excepted. */
const CHUNK_LENGTH = 64 * 1024;

/**
 * Families in the Prometheus text format 0.0.4, in chunks that end with a line. It is built as strings
 * because V8 joins these faster than bytes can be copied into a buffer from JavaScript: 10,000
 * histograms of 15 buckets, 37 MB, take 25 ms.
 */
export function* encodeText(families: readonly Family[]): Generator<Buffer> {
  let text = '';
  for (const family of families) {
    text += header(family);
    for (const lines of family.type === 'histogram' ? histogramLines(family) : numberLines(family)) {
      text += lines;
      if (text.length > CHUNK_LENGTH) {
        yield Buffer.from(text);
        text = '';
      }
    }
  }
  if (text !== '') yield Buffer.from(text);
}

/** The format has no info type, and no place for the unit but the name. */
function header({ name, type, help }: Family): string {
  const helpLine = help === '' ? '' : `# HELP ${name} ${escapeHelp(help)}\n`;
  return `${helpLine}# TYPE ${name} ${type === 'info' ? 'gauge' : type}\n`;
}

function* numberLines({ name, samples }: NumberFamily): Generator<string> {
  for (const { labels, value } of samples) yield `${name}${braced(labels)} ${numberText(value)}\n`;
}

function* histogramLines({ name, samples }: HistogramFamily): Generator<string> {
  let boundaries: readonly number[] = [];
  let bounds = ['le="+Inf"} '];
  for (const { labels, value } of samples) {
    if (value.boundaries !== boundaries) {
      boundaries = value.boundaries;
      bounds = [...boundaries, Number.POSITIVE_INFINITY].map((bound) => `le="${boundText(bound)}"} `);
    }
    const bucket = `${name}_bucket{${labels.text === '' ? '' : `${labels.text},`}`;
    let lines = '';
    let total = 0;
    for (let i = 0; i < bounds.length; i++) {
      total += value.counts[i] ?? 0;
      lines += `${bucket}${bounds[i]}${total}\n`;
    }
    const rest = braced(labels);
    if (value.sum !== undefined) lines += `${name}_sum${rest} ${numberText(value.sum)}\n`;
    yield `${lines}${name}_count${rest} ${total}\n`;
  }
}

function braced({ text }: Labels): string {
  return text === '' ? '' : `{${text}}`;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

/**
 * A bucket's bound is a label and so part of the series' identity. It is spelled as client_golang does
 * it, and with it the Collector: with an exponent of two digits from a million up and below 1e-4.
 */
function boundText(bound: number): string {
  if (!Number.isFinite(bound)) return numberText(bound);
  const [digits = '', power = ''] = bound.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(bound);
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Injective, as only what is escaped has a backslash before it. */
function escapeHelp(help: string): string {
  return help.replace(/[\\\n]/g, (character) => (character === '\n' ? '\\n' : '\\\\'));
}
