import { byteString } from '../../../encoding/byte-string.ts';
import { type ByteWriter, NUMBER_LENGTH, numberText } from '../../../encoding/byte-writer.ts';
import { SCALAR_VALUE } from '../../../model/protocol.ts';
import { isPlainMetricName } from '../../../naming/escaping.ts';
import type { SampleColumns } from '../families.ts';
import { quoted } from '../label-text.ts';
import type { Labels } from '../labels.ts';
import type { Chunks } from './format.ts';

/** Lines of samples, common to the Prometheus text format and OpenMetrics. */

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const COMMA = 0x2c;
const CLOSING_BRACE = 0x7d;

/** The name of samples as their lines spell it. */
export interface SampleName {
  /** Before labels: `name{`, or `{"name",` if the name needs quotes. */
  readonly open: Uint8Array;
  /** Without labels: `name ` or `{"name"} `. */
  readonly bare: Uint8Array;
}

export function sampleName(name: string): SampleName {
  const isPlain = isPlainMetricName(name);
  return {
    open: bytesOf(isPlain ? `${name}{` : `{${quoted(name)},`),
    bare: bytesOf(isPlain ? `${name} ` : `{${quoted(name)}} `),
  };
}

/** A plain `Uint8Array`, because copying from a `Buffer` is slower. */
function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

/** A family's name in a line that begins with `#`. */
export function metadataName(name: string): string {
  return byteString(isPlainMetricName(name) ? name : quoted(name));
}

/** @param tail a byte string after the value */
export function writeSample(
  writer: ByteWriter,
  name: SampleName,
  labels: Labels,
  value: number,
  tail = '',
): void {
  writer.reserve(name.open.length + labels.text.length + NUMBER_LENGTH + tail.length + 3);
  writeSeries(writer, name, labels);
  writer.number(value);
  if (tail !== '') writer.text(tail);
  writer.byte(LINE_FEED);
}

/** @param text a byte string: the value and all after it */
export function writeTextSample(writer: ByteWriter, name: SampleName, labels: Labels, text: string): void {
  writer.reserve(name.open.length + labels.text.length + text.length + 3);
  writeSeries(writer, name, labels);
  writer.text(text);
  writer.byte(LINE_FEED);
}

function writeSeries(writer: ByteWriter, name: SampleName, labels: Labels): void {
  if (labels.text === '') {
    writer.bytes(name.bare);
  } else {
    writer.bytes(name.open);
    writer.text(labels.text);
    writer.byte(CLOSING_BRACE);
    writer.byte(SPACE);
  }
}

/** The samples of columns of numbers. */
export function* writeNumbers(
  writer: ByteWriter,
  name: SampleName,
  { labels, cells, width }: SampleColumns<number>,
): Chunks {
  for (let i = 0; i < labels.length; i++) {
    writeSample(writer, name, labels[i]!, cells[i * width + SCALAR_VALUE]!);
    if (writer.isFull) yield writer.take();
  }
}

/**
 * The cumulative buckets of a histogram, and their total. Only the first line is composed; the others copy the
 * part before the bound from it.
 *
 * @param first the index of the first bucket's count
 * @param bounds `le="…"} ` for each bucket
 * @param tails byte strings after the buckets' values, or none
 */
export function writeBuckets(
  writer: ByteWriter,
  name: SampleName,
  labels: Labels,
  { counts, first = 0 }: { readonly counts: ArrayLike<number>; readonly first?: number },
  { bounds, tails }: { readonly bounds: Bounds; readonly tails: readonly string[] },
): number {
  const { list, longest } = bounds;
  const perLine = name.open.length + labels.text.length + longest + NUMBER_LENGTH + 2;
  writer.reserve(perLine * list.length + tails.reduce((sum, tail) => sum + tail.length, 0));
  const begin = writer.at;
  writer.bytes(name.open);
  if (labels.text !== '') {
    writer.text(labels.text);
    writer.byte(COMMA);
  }
  const length = writer.at - begin;
  let total = 0;
  for (let i = 0; i < list.length; i++) {
    if (i > 0) writer.repeat(begin, length);
    writer.bytes(list[i]!);
    total += counts[first + i] ?? 0;
    writer.number(total);
    if (i < tails.length) writer.text(tails[i]!);
    writer.byte(LINE_FEED);
  }
  return total;
}

/** The label `le` of each bucket with the text after it: `le="0.5"} `. */
export interface Bounds {
  readonly list: readonly Uint8Array[];
  readonly longest: number;
}

/** Creates bounds. Later histograms reuse the bounds of earlier ones. */
export function createBounds(
  boundText: (bound: number) => string,
): (boundaries: readonly number[]) => Bounds {
  const known = new Map<number, Uint8Array>();
  let last: readonly number[] | undefined;
  let bounds: Bounds = { list: [], longest: 0 };

  function labelOf(bound: number): Uint8Array {
    let label = known.get(bound);
    if (label === undefined) {
      label = bytesOf(`le="${boundText(bound)}"} `);
      known.set(bound, label);
    }
    return label;
  }

  return (boundaries) => {
    if (boundaries !== last) {
      last = boundaries;
      const list = [...boundaries, Number.POSITIVE_INFINITY].map(labelOf);
      bounds = { list, longest: Math.max(...list.map(({ length }) => length)) };
    }
    return bounds;
  };
}

/**
 * A bucket's bound is a label and so part of the series' identity. The spelling is that of client_golang and the
 * Collector: with an exponent of two digits from a million up and below 1e-4.
 */
export function boundText(bound: number): string {
  if (!Number.isFinite(bound)) return numberText(bound);
  const [digits = '', power = ''] = bound.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(bound);
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
