import { byteString } from '../../../encoding/byte-string.ts';
import { ByteWriter } from '../../../encoding/byte-writer.ts';
import type { Family, HistogramFamily, NumberFamily } from '../families.ts';
import type { Chunks } from './format.ts';
import { boundText, createBounds, metadataName, sampleName, writeBuckets, writeSample } from './lines.ts';

/** Families in the Prometheus text format 0.0.4, or 1.0.0 if names are not plain. */
export function* encodeText(families: readonly Family[]): Chunks {
  const writer = new ByteWriter();
  const boundsOf = createBounds(boundText);

  function* encodeNumbers({ name, samples }: NumberFamily): Chunks {
    const own = sampleName(name);
    for (const { labels, value } of samples) {
      writeSample(writer, own, labels, value);
      if (writer.isFull) yield writer.take();
    }
  }

  function* encodeHistograms({ name, samples }: HistogramFamily): Chunks {
    const bucket = sampleName(`${name}_bucket`);
    const sum = sampleName(`${name}_sum`);
    const count = sampleName(`${name}_count`);
    for (const { labels, value } of samples) {
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
