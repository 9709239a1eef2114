import { byteString } from '../../../encoding/byte-string.ts';
import { ByteWriter } from '../../../encoding/byte-writer.ts';
import { EXPLICIT_BUCKETS, HISTOGRAM_SUM } from '../../../model/protocol.ts';
import type { Family, HistogramFamily, NumberFamily } from '../families.ts';
import type { Chunks } from './format.ts';
import {
  boundText,
  createBounds,
  metadataName,
  sampleName,
  writeBuckets,
  writeNumbers,
  writeSample,
} from './lines.ts';

/** Families in the Prometheus text format 0.0.4, or 1.0.0 if names are not plain. */
export function* encodeText(families: readonly Family[]): Chunks {
  const writer = new ByteWriter();
  const boundsOf = createBounds(boundText);

  function* encodeNumbers(family: NumberFamily): Chunks {
    const own = sampleName(family.name);
    if (family.columns !== undefined) {
      yield* writeNumbers(writer, own, family.columns);
      return;
    }
    for (const { labels, value } of family.samples) {
      writeSample(writer, own, labels, value);
      if (writer.isFull) yield writer.take();
    }
  }

  function* encodeHistograms(family: HistogramFamily): Chunks {
    const { name, columns } = family;
    const bucket = sampleName(`${name}_bucket`);
    const sum = sampleName(`${name}_sum`);
    const count = sampleName(`${name}_count`);
    if (columns !== undefined) {
      const { labels, cells, width } = columns;
      const bounds = boundsOf(columns.boundaries);
      for (let i = 0; i < labels.length; i++) {
        const at = i * width;
        const buckets = { counts: cells, first: at + EXPLICIT_BUCKETS };
        const total = writeBuckets(writer, bucket, labels[i]!, buckets, { bounds, tails: NO_TAILS });
        writeSample(writer, sum, labels[i]!, cells[at + HISTOGRAM_SUM]!);
        writeSample(writer, count, labels[i]!, total);
        if (writer.isFull) yield writer.take();
      }
      return;
    }
    for (const { labels, value } of family.samples) {
      const bounds = boundsOf(value.boundaries);
      const total = writeBuckets(writer, bucket, labels, value, { bounds, tails: NO_TAILS });
      if (value.sum !== undefined) writeSample(writer, sum, labels, value.sum);
      writeSample(writer, count, labels, total);
      if (writer.isFull) yield writer.take();
    }
  }

  for (const family of families) {
    const header = headerOf(family);
    writer.reserve(header.length);
    writer.text(header);
    yield* family.type === 'histogram' ? encodeHistograms(family) : encodeNumbers(family);
  }
  yield writer.take();
}

const NO_TAILS: readonly string[] = [];

/** The format has no info type, and only the name shows the unit. */
function headerOf({ name, type, help }: Family): string {
  const written = metadataName(name);
  const helpLine = help === '' ? '' : `# HELP ${written} ${byteString(escapeHelp(help))}\n`;
  return `${helpLine}# TYPE ${written} ${type === 'info' ? 'gauge' : type}\n`;
}

/** Injective, because a backslash stands only before escaped characters. */
function escapeHelp(help: string): string {
  return help.replace(/[\\\n]/g, (character) => (character === '\n' ? '\\n' : '\\\\'));
}
