import type { Transform } from 'node:stream';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { parseAcceptHeader } from './accept-header.ts';

/** A content coding: RFC 9110, section 8.4.1. */
export interface Coding {
  readonly name: string;
  /** Undefined where bytes stay as they are. */
  readonly create: (() => Transform) | undefined;
}

const IDENTITY: Coding = { name: 'identity', create: undefined };

/** Preferred first: the order decides between codings of equal quality. */
const CODINGS: readonly Coding[] = [
  { name: 'zstd', create: () => createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } }) },
  { name: 'gzip', create: () => createGzip({ level: 1 }) },
  IDENTITY,
];

/** The coding that the client likes best by its `Accept-Encoding` header: RFC 9110, section 12.5.3. */
export function chooseCoding(header: string | undefined): Coding {
  const items = parseAcceptHeader(header ?? '');
  const qualities = new Map(items.map(({ value, quality }) => [value.replace(/^x-/, ''), quality]));
  let best = IDENTITY;
  let highest = 0;
  for (const coding of CODINGS) {
    const quality = qualities.get(coding.name) ?? qualities.get('*') ?? 0;
    if (quality > highest) {
      best = coding;
      highest = quality;
    }
  }
  return best;
}
